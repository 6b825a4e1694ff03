"""Penalty on the recurrent weights (L1 or L2, weight decay)

    loss + a sum_i |u_i|^p      u: all weights on the loop; p is 1 or 2

Gradient: small recurrent weights keep the factor per step small, so it explodes less and vanishes
more: a decayed loop forgets.
Not decay of all weights, and not decay outside the loss (AdamW): the optimizer sees its gradient.
Source: krogh1991, pascanu2013
"""

from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from seqbench.axes import Tensors, total
from seqbench.cell import Cell, recurrent_names
from seqbench.knobs import NonNegative
from seqbench.remedy import At, Remedy, Trajectory
from seqbench.remedy.objections import needs_loop
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class WeightPenalty(Remedy):
    """Knobs:
    weight:  a.
    power:   p; 1 draws weights to exactly 0, 2 shrinks the large ones most.
    """

    weight: NonNegative = 1e-3
    power: Literal[1, 2] = 2

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_loop(cell)

    def looks_at_the_pass(self, step: int) -> bool:
        return False

    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor:
        sizes = [total(params[name].abs() ** self.power) for name in recurrent_names(at.cell)]
        return self.weight * sum(sizes[1:], start=sizes[0])
