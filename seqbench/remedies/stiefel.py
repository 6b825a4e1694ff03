"""Projection onto the orthogonal matrices (Stiefel manifold) after every update

    U <- L R^T      from its singular value decomposition L S R^T; each H x H block by itself

L R^T is the orthogonal matrix nearest to U; initially it is a random one.
Gradient: the matrix changes no length at any time, so only f' and the gates shrink what flows back
through it, and there is no explosion by U.
Not a parametrization (`exp_map`, `cayley`): the optimizer's step leaves the orthogonal matrices and
is led back, and its memory (momentum, Adam's means) knows nothing of that. Not the step along the
manifold of Wisdom et al. (2016).
Source: absil2012, wisdom2016
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Cell, map_loops
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_loop
from seqbench.task import Task


def _nearest_orthogonal(U: Tensor) -> Tensor:
    left, _s, right = torch.linalg.svd(U.nan_to_num(0, 0, 0))  # which would refuse a NaN for all
    return left @ right + 0 * U  # a trial's NaN stays


@dataclass(frozen=True, kw_only=True)
class Stiefel(Remedy):
    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_loop(cell, square=True)

    def initialize(self, params: Tensors, at: At) -> Tensors:
        return self.project(params, at)

    def project(self, params: Tensors, at: At) -> Tensors:
        return map_loops(at.cell, params, _nearest_orthogonal)
