"""Identity initialization of the recurrent matrix

    U_0 <- a I      the biases are zero already, so the state is kept as it is

Gradient: it begins with the factor a f' per step: with ReLU and a = 1 exactly 1 where a unit is on.
Not a constraint: training leaves the identity at once. Not the whole IRNN, which is this remedy on
`rnn` with activation relu.
Source: le2015
"""

from dataclasses import dataclass

import torch

from seqbench.axes import Tensors
from seqbench.cell import Cell, map_blocks
from seqbench.knobs import Positive
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_loop
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class Identity(Remedy):
    """Knobs:
    scale:  a; below 1 the past fades from the start (0.01 in Le et al. where it need not last).
    """

    scale: Positive = 1.0

    def suits(self, cell: Cell, task: Task) -> str | None:
        if len(cell.gates) > 1:
            return (
                "The cell has gates: identity keeps a state that a matrix hands on, but here the "
                "matrices only steer gates, and the state is kept without them."
            )
        return needs_loop(cell, square=True)

    def initialize(self, params: Tensors, at: At) -> Tensors:
        return map_blocks(
            at.cell, params, "recurrent", lambda U, _: torch.eye(len(U)).to(U) * self.scale
        )
