"""Bound on the recurrent weights by the length of the memory

    b = gamma^(1 / lag)
    u <- max(-b, min(b, u))             a vector of recurrent weights, every unit's own
    U <- U min(1, b / sigma_max(U))     a square recurrent matrix, each H x H block by itself

Gradient: over the lag that the task asks for, the weights alone stretch it by at most gamma; f' and
gates come on top. It is a cap only: nothing keeps it from vanishing.
Not `spectral_norm`, which also lifts small matrices. Matrices are our extension: the authors bound
the vector of their IndRNN. Recurrent matrices of another shape are left alone.
Source: li2018
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import Tensors, scaled
from seqbench.cell import Cell, map_loops, recurrent_names
from seqbench.knobs import Positive
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_loop
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class RecurrentBound(Remedy):
    """Knobs:
    stretch:  gamma, by how much the gradient may grow over the lag; 2 in the authors' code.
    """

    stretch: Positive = 2.0

    def suits(self, cell: Cell, task: Task) -> str | None:
        if task.lag == 0:
            return "No answer lies in the past, so there is no lag to bound the weights by."
        if any(cell.params()[name].rows == "1" for name in recurrent_names(cell)):
            return None
        return needs_loop(cell, square=True)

    def initialize(self, params: Tensors, at: At) -> Tensors:
        return self.project(params, at)

    def project(self, params: Tensors, at: At) -> Tensors:
        bound = self.stretch ** (1 / at.lag)

        def capped(U: Tensor) -> Tensor:
            largest = torch.linalg.matrix_norm(U.nan_to_num(0, 0, 0), 2)  # it would refuse a NaN
            return scaled(U, bound / largest.clamp(min=bound))

        vectors = [k for k in recurrent_names(at.cell) if at.cell.params()[k].rows == "1"]
        bounded = map_loops(at.cell, params, capped)
        return bounded | {name: params[name].clamp(-bound, bound) for name in vectors}
