"""Uniform gate initialization

    b_f <- log(u / (1 - u)),  u ~ U[1/H, 1 - 1/H]      gates that hold on to the past
    b_i <- -b_f                                        gates of their own that let the new in

Gradient: initially a unit's straight path back shrinks to u per step; with u uniform a few units
last up to H steps and most forget soon, whatever the task's length.
Not chrono initialization, which needs to know the task's length and makes long memory the rule.
Not the refine gate of the same paper, which changes the cell. The authors tie the gates, i = 1 - f;
-b_f is what that means initially for a gate of its own.
Source: gu2020gates
"""

from dataclasses import dataclass

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.remedies._gates import biased_gates
from seqbench.remedy import At, Remedy
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class UniformGate(Remedy):
    def suits(self, cell: Cell, task: Task) -> str | None:
        return None if cell.forget else "The cell has no forget gate."

    def initialize(self, params: Tensors, at: At) -> Tensors:
        units = params["W_out"].shape[-1]
        edge = 1 / max(units, 2)  # a single unit would get the logit of 0 or 1
        u = edge + (1 - 2 * edge) * at.noise.uniform(1, units)
        return biased_gates(at.cell, params, u.logit())
