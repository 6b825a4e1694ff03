"""Rescaled Glorot initialization of the recurrent matrix

    U_0 <- U_0 / (1 + c / sqrt(H))      every H x H block by itself

Of entries from N(0, 1/H) the largest eigenvalue is longer than 1 more often than not, by about
1 / sqrt(H), so that within O(sqrt(H)) steps a linear loop explodes; after this, 19 of 20 are below.
Gradient: at first, of a linear loop, it fades in the long run, and by no more than it must.
Not `spectral_radius`, which sets the radius of every matrix by its eigenvalues: this is one number
for all. Not `small_init`, whose factor does not know H.
Our deviation: the authors' shift follows from the limit law of the largest eigenvalue as H grows;
c is measured, for H of 8 to 256.
Source: bar2025, glorot2010
"""

from dataclasses import dataclass

from seqbench.axes import Tensors
from seqbench.cell import Cell, map_blocks
from seqbench.knobs import NonNegative
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_loop
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class RescaledGlorot(Remedy):
    """Knobs:
    margin:  c; 0 leaves the cell's own, which are Glorot's where its gain is 1.
    """

    margin: NonNegative = 1.25

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_loop(cell, square=True)

    def initialize(self, params: Tensors, at: At) -> Tensors:
        return map_blocks(
            at.cell, params, "recurrent", lambda U, _: U / (1 + self.margin / len(U) ** 0.5)
        )
