"""Rescaling of the recurrent matrix to a spectral radius

    U_0 <- a U_0 / max_i |eigenvalue_i(U_0)|      every H x H block by itself

With `ridge_readout` this is the reservoir of an echo state network.
Gradient: initially the linear part makes it grow or shrink by a per step in the long run; f' and
gates come on top.
Not the largest singular value, which bounds one step and is larger. Not a constraint: training
moves it.
Source: jaeger2001, lukosevicius2009
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Cell, map_blocks
from seqbench.knobs import Positive
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
        def rescaled(U: Tensor, _: str) -> Tensor:
            finite = U.double().nan_to_num(0, 0, 0)  # eigvals may crash on what is not
            return U * (self.radius / torch.linalg.eigvals(finite).abs().max()).to(U)

        return map_blocks(at.cell, params, "recurrent", rescaled)
