"""What one process trains: all trials of a task and cell, or a search for their longest lag."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, replace

from seqbench import registry
from seqbench.errors import InputError
from seqbench.matrix.refusals import Knobs
from seqbench.training import Training
from seqbench.tuning import settings

BEYOND_WEIGHTS = (  # verbs of remedies that do not shape weights before a pass
    "feed", "advance", "carry", "penalize", "estimate", "transform", "project", "remember", "solve",
)  # fmt: skip


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
    parallel: bool = False  # whether the weights tested are measured, too

    def by_readout(self) -> "list[Job]":
        """The job; or two, where networks with a readout in closed form have another H."""
        units = self.training.closed_form_hidden
        closed = {name for name in self.remedies if units and solved(name)}
        if not closed:
            return [self]
        trained = replace(self, remedies=self._only(set(self.remedies) - closed))
        other = self.training.model_copy(update={"hidden": units, "match": "units"})
        both = (trained, replace(self, remedies=self._only(closed), training=other))
        return [one for one in both if one.remedies]

    def _only(self, names: Collection[str]) -> dict[str, Knobs]:
        return {name: knobs for name, knobs in self.remedies.items() if name in names}

    @property
    def digest(self) -> str:
        """SHA-256 of the whole specification: another one means other numbers.

        Of knobs with values to try the order counts, too: it says which value meets which rate.
        """
        tried = {name: [one.words for one in settings(own)] for name, own in self.remedies.items()}
        spec = vars(self) | {"training": self.training.model_dump(), "tried": tried}
        return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()


def solved(remedy: str) -> bool:
    """Whether a remedy, or a part of it, solves the readout in closed form: from its source."""
    parts = registry.parts(remedy)
    return any("solve" in registry.describe("remedies", part).overrides for part in parts)


def shapes_weights(remedy: str) -> bool:
    """Whether a remedy shapes nothing but weights, from its source; no, where that does not parse.

    The same is asked of what is loaded in `seqbench.jobs.parallel`.
    """
    parts = registry.parts(remedy)
    try:
        verbs = {verb for part in parts for verb in registry.describe("remedies", part).overrides}
    except InputError:
        return False
    return verbs.isdisjoint(BEYOND_WEIGHTS)


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
        some = self.job._only(remedies)
        grown = {**self.job.task_knobs, self.knob: length}
        return replace(self.job, task_knobs=grown, remedies=some)

    @property
    def digest(self) -> str:
        """SHA-256 of the whole specification: another one means other numbers."""
        spec = vars(self) | {"job": self.job.digest}
        return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()
