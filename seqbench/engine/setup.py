"""What all trials of one (task, cell) have in common, and the clock that shares out their time."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from seqbench.cell import Cell
from seqbench.engine.machine.store import Store
from seqbench.engine.passes.choose import Passes
from seqbench.engine.scoring.further import Further
from seqbench.engine.source import Source
from seqbench.engine.stack import Stack
from seqbench.engine.trial import Settings
from seqbench.networks.network import Network
from seqbench.task import Task


def sizes(cell: Cell, task: Task, units: int) -> dict[str, int]:
    """I, H and O of a network with so many hidden units."""
    inputs = cell.width(task.inputs, units) if isinstance(cell, Network) else task.inputs
    return {"I": inputs, "H": units, "O": task.outputs}


@dataclass(frozen=True)
class Setup:
    """The surroundings of a training. `watch` is told of a stack at every validation."""

    cell: Cell
    task: Task
    source: Source
    settings: Settings
    store: Store
    device: torch.device
    watch: Callable[[Stack], None]
    further: tuple[Further, ...] = ()

    @property
    def sizes(self) -> dict[str, int]:
        return sizes(self.cell, self.task, self.settings.hidden)

    @property
    def passes(self) -> Passes:
        return Passes(self.settings.engine, self.settings.batch)


class Clock:
    """Shares the time since its last reading among the trials of a stack."""

    def __init__(self) -> None:
        self.last = self.began = (time.perf_counter(), time.process_time())

    @property
    def minutes(self) -> float:
        return (self.last[0] - self.began[0]) / 60

    def share(self, stack: Stack) -> None:
        now = (time.perf_counter(), time.process_time())
        trials = len({trial.fingerprint for trial in stack.trials})
        wall, processor = ((new - old) / trials for new, old in zip(now, self.last, strict=True))
        stack.seconds = [(w + wall, p + processor) for w, p in stack.seconds]
        self.last = now
