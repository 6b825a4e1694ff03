"""What one process trains: all trials of a task and cell, or a search for their longest lag."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, replace

from seqbench.matrix.refusals import Knobs
from seqbench.training import Training


@dataclass(frozen=True)
class Job:
    """One (task, cell) pair with all its trials: what one process trains."""

    task: str
    task_knobs: Knobs
    cell: str
    cell_knobs: Knobs
    remedies: dict[str, Knobs]
    seeds: tuple[int, ...]
    training: Training
    search_seeds: tuple[int, ...] = ()  # where given, they choose, and `seeds` are scored

    @property
    def digest(self) -> str:
        """SHA-256 of the whole specification: another one means other numbers."""
        spec = vars(self) | {"training": self.training.model_dump()}
        return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class ReachJob:
    """The search for the longest lag that a cell solves, under every remedy.

    Attributes:
        job:         the task without the knob that grows, and all that may be trained.
        knob:        which one grows, from `start` to at most `to`.
        resolution:  ratio of the first length not solved to the last one solved that is enough.
        further:     multiples of the trained length at which the weights are tested, too.
    """

    job: Job
    knob: str
    start: int
    to: int
    resolution: float
    further: tuple[float, ...]

    def at(self, length: int, remedies: Collection[str]) -> Job:
        """What is trained at one length: an ordinary job of the task with that knob."""
        some = {name: knobs for name, knobs in self.job.remedies.items() if name in remedies}
        grown = {**self.job.task_knobs, self.knob: length}
        return replace(self.job, task_knobs=grown, remedies=some)

    @property
    def digest(self) -> str:
        """SHA-256 of the whole specification: another one means other numbers."""
        spec = vars(self) | {"job": self.job.digest}
        return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()
