"""Bias of the forget gate at the start

    b_f <- a      (and of every gate that holds on to the past, with the sign that makes it hold)

Gradient: the gate begins at s(a) > 1/2, so the straight path back shrinks less per step.
Not a constant added at every step, which training could not take back, and not chrono
initialization, which spreads the units' biases over time scales. It overwrites b_f: that of
`chrono` or `uniform_gate` before it in a composition, and the cell's own knob `forget_bias`.
Source: gers2000, jozefowicz2015
"""

from dataclasses import dataclass

import torch

from seqbench.axes import Tensors
from seqbench.cell import Cell, map_blocks
from seqbench.remedy import At, Remedy
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class ForgetBias(Remedy):
    """Knobs:
    value:  a; at 1 a cell keeps 73 % per step, at 5 it keeps 99 %.
    """

    value: float = 1.0

    def suits(self, cell: Cell, task: Task) -> str | None:
        return None if cell.forget else "The cell has no forget gate."

    def initialize(self, params: Tensors, at: At) -> Tensors:
        signs = at.cell.forget
        return map_blocks(
            at.cell,
            params,
            "bias",
            lambda b, gate: torch.full_like(b, signs[gate] * self.value) if gate in signs else b,
        )
