"""How a cell stands with a task: certified or not, learned or not, or impossible by a theorem.

Learned: a trained trial passes the task's mark in its own test, at the length it was trained at.
That says nothing of longer sequences, which a certificate does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from seqbench import registry
from seqbench.certificates.certificate import Certificate, certificates
from seqbench.certificates.problems import PROBLEMS
from seqbench.certificates.theorems import Theorem, theorems

Status = Literal[
    "certified, learned", "certified, not learned", "learned only", "impossible", "neither yet"
]
STATUSES: dict[Status, str] = {
    "certified, learned": "weights are known that pass at 25 times the length, and a trial passes",
    "certified, not learned": "weights are known that pass at 25 times the length; no trial passes",
    "learned only": "a trial passes at its own length; no weights are known that pass at 25 times",
    "impossible": "no weights do it at every length, by the theorem; no trial passes",
    "neither yet": "no weights are known, no theorem forbids them, and no trial passes",
}


@dataclass(frozen=True)
class Pair:
    """A cell on a task as a run has them, with its network's size."""

    task: str
    cell: str
    units: int
    task_knobs: Mapping[str, object] = field(default_factory=dict)
    cell_knobs: Mapping[str, object] = field(default_factory=dict)
    layers: int = 1
    bidirectional: bool = False

    @property
    def spoken_of(self) -> bool:
        """Whether a certificate or a theorem may speak of it at all.

        Raises:
            InputError: the cell or the task is unknown.
        """
        registry.base("cells", self.cell)
        stem = registry.base("tasks", self.task)
        return stem in {problem.task for problem in PROBLEMS.values()}

    def certificate(self) -> Certificate | None:
        """A certificate that says something of it: as many units at most, and so long a test."""
        if self.layers > 1 or self.bidirectional:
            return None
        for one in certificates():
            if one.cell != registry.base("cells", self.cell):
                continue
            problem = PROBLEMS[one.problem]
            given = registry.with_label("tasks", self.task, self.task_knobs)
            if (
                (one.units == self.units or (one.units < self.units and not one.as_it_is))
                and one.fits(self.cell, self.cell_knobs)
                and problem.same(self.task, self.task_knobs)
                and int(str(given.get(problem.length, problem.trained))) <= problem.tested
            ):
                return one
        return None

    def theorem(self) -> tuple[str, Theorem] | None:
        """The first theorem that forbids it, with its name."""
        if self.bidirectional:
            return None
        for name, one in theorems().items():
            if (one.layers == "any" or self.layers == 1) and one.forbids(
                self.task, self.task_knobs, self.cell, self.cell_knobs
            ):
                return name, one
        return None

    def status(self, learned: bool) -> Status:
        """How it stands, given whether a trial has learned it."""
        if self.certificate():
            return "certified, learned" if learned else "certified, not learned"
        if learned:
            return "learned only"
        return "impossible" if self.theorem() else "neither yet"
