"""What all trials of one (task, cell) have in common, and the clock that shares out their time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch

from seqbench.engine.dispatch import Mode
from seqbench.engine.further import Further
from seqbench.engine.machine.store import Store
from seqbench.engine.parallel import Parallel
from seqbench.engine.passes.choose import Passes
from seqbench.engine.source import Source
from seqbench.engine.stack import Stack
from seqbench.engine.traces import seconds
from seqbench.engine.trial import Trial
from seqbench.networks.network import Network
from seqbench.remedy import Remedy
from seqbench.task import Task
from seqbench.training import Training


@dataclass(frozen=True)
class Setup:
    """What a training has around its trials.

    Attributes:
        watch:     is told of a stack at every validation.
        parallel:  what else is measured of the weights that were tested; None: nothing.
        careful:   the modes in which the trials of a remedy come out alike in any company.
    """

    network: Network
    task: Task
    source: Source
    settings: Training
    store: Store
    device: torch.device
    watch: Callable[[Stack], None]
    further: tuple[Further, ...] = ()
    parallel: Parallel | None = None
    careful: dict[Remedy, tuple[type[Mode], ...]] = field(default_factory=dict)

    @property
    def sizes(self) -> dict[str, int]:
        """I, H and O of the network."""
        return self.network.sizes(self.task, self.settings.hidden)

    @property
    def passes(self) -> Passes:
        """How its passes run."""
        return Passes(self.settings.engine, self.settings.batch)

    def stack(self, trials: list[Trial]) -> Stack:
        """A stack of these trials at initialization."""
        lag, passes = self.task.lag, self.passes
        return Stack.begin(self.network, trials, self.sizes, lag, self.device, passes)


class Clock:
    """Shares the time since its last reading among the trials of a stack."""

    def __init__(self) -> None:
        self.last = self.began = seconds()

    @property
    def minutes(self) -> float:
        """Minutes from the start to the last reading."""
        return (self.last[0] - self.began[0]) / 60

    @property
    def running(self) -> float:
        """Minutes from the start until now."""
        return (time.perf_counter() - self.began[0]) / 60

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """What happens inside takes nobody's time, nor any of what a stack may take."""
        before = seconds()
        yield
        wall, processor = (new - old for new, old in zip(seconds(), before, strict=True))
        self.last = self.last[0] + wall, self.last[1] + processor
        self.began = self.began[0] + wall, self.began[1] + processor

    def share(self, stack: Stack) -> None:
        """Read the clock: what no row has spent alone since the last reading, all share."""
        now, alone = (
            seconds(),
            {
                trial.fingerprint: trace.alone
                for trial, trace in zip(stack.trials, stack.traces, strict=True)
            },
        )
        wall, processor = (new - old for new, old in zip(now, self.last, strict=True))
        for trace in stack.traces:
            trace.spend((wall - sum(alone.values())) / len(alone), processor / wall)
        self.last = now
