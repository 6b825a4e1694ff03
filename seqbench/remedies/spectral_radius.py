"""Rescaling of the recurrent matrix to a spectral radius

    U_0 <- a U_0 / max_i |eigenvalue_i(U_0)|      every H x H block by itself

With `ridge_readout` this is the reservoir of an echo state network.
Gradient: initially the linear part makes it grow or shrink by a per step in the long run; f' and
gates come on top.
Not the largest singular value, which bounds one step and is larger. Not a constraint: training
moves it. Not the whole of a reservoir's usual practice, which scales W and b, too (`reservoir`).
Source: jaeger2001, lukosevicius2009
"""

from dataclasses import dataclass

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.knobs import Positive
from seqbench.remedies._radius import with_radius
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_loop
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class SpectralRadius(Remedy):
    """Knobs:
    radius:  a; a little below 1 keeps an echo of the past that still fades.
    """

    radius: Positive = 0.9

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_loop(cell, square=True)

    def initialize(self, params: Tensors, at: At) -> Tensors:
        return with_radius(at.cell, params, self.radius)
