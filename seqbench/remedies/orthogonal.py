"""Orthogonal initialization of the recurrent matrix

    A ~ N(0, 1),  A = Q R,  U_0 <- a Q diag(sign(diag R))      every H x H block by itself

Gradient: it begins with a matrix that changes no length, so for a = 1 only f' and the gates shrink
it: vanishing is slower and there is no explosion at first.
Not a constraint: training leaves the orthogonal matrices. Not one QR of all gates' blocks together.
Source: saxe2014, henaff2016
"""

from dataclasses import dataclass

from seqbench.axes import Tensors
from seqbench.cell import Cell, map_blocks
from seqbench.knobs import Positive
from seqbench.remedies._haar import haar
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_loop
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class Orthogonal(Remedy):
    """Knobs:
    gain:  a, the length of every singular value.
    """

    gain: Positive = 1.0

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_loop(cell, square=True)

    def initialize(self, params: Tensors, at: At) -> Tensors:
        return map_blocks(
            at.cell, params, "recurrent", lambda U, _: self.gain * haar(len(U), at.noise).to(U)
        )
