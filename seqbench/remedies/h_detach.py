"""h-detach: the gradient's way through h is cut at random steps

    h_t -> stop_gradient(h_t)   with probability p at each step, for the whole batch at once
    c_t -> c_t                  the other parts of the state are never cut

Gradient: the straight way along c is always open, and the ways through the gates are thinned out,
so they drown it less where weights are large. The readout of h_t is not cut.
Not dropout: the states go forward unchanged. Not `truncate`, which cuts c as well.
Our deviation: p stays as it is; the authors' code sets it to 0 for the last 40 of 600 epochs.
Source: arpit2018
"""

from dataclasses import dataclass

import torch

from seqbench.axes import State
from seqbench.cell import Cell
from seqbench.knobs import Fraction
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_past
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class HDetach(Remedy):
    """Knobs:
    probability:  p; the authors took 0.5 for copying and 0.25 for images read pixel by pixel.
    """

    probability: Fraction = 0.25

    def suits(self, cell: Cell, task: Task) -> str | None:
        if cell.remembers and not set(cell.memory or cell.state) - {cell.state[0]}:
            return "The cell remembers by h alone, so no way beside it would stay open."
        return needs_past(cell, task, by_weights=True)

    def carry(self, past: State, new: State, left: int, at: At) -> State:
        if not at.training:
            return new
        cut = at.noise.uniform(1, 1) < self.probability
        parts = zip(at.cell.state, new, strict=True)
        return tuple(
            torch.where(cut, z.detach(), z) if part in at.cell.hiddens else z for part, z in parts
        )
