"""Clipping of the gradient on its way back through time

    forward     s_t -> s_t
    backward    d_t <- d_t min(1, c / ||d_t||)     d_t: what step t + 1 hands back to step t

||d_t|| is the joint norm of all parts of the state and all sequences of the trial; what the readout
of step t adds comes after the bound.

Gradient: however many steps back, what is handed on is never longer than c, so an explosion stops
where it begins; what has vanished stays vanished.
Not `clip_norm`, which bounds the sum over all steps at the end, where one explosion has drowned the
other steps already. Not a cut (`truncate`): short gradients pass unchanged.
Our deviation: Graves bounds every number by itself; here the length, so the direction stays.
Where ||d_t|| is above 8e37 c, the factor is too small for float32, and d_t becomes 0.
Source: graves2013
"""

from dataclasses import dataclass

from seqbench.cell import Cell
from seqbench.knobs import Positive
from seqbench.remedies._handed_back import HandedBack
from seqbench.remedy.objections import needs_past
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class ClipThroughTime(HandedBack):
    """Knobs: limit, c; the loss is a mean, so at the last step ||d|| is often below 1."""

    limit: Positive = 1.0

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_past(cell, task)

    def bound(self, left: int) -> float:
        return self.limit
