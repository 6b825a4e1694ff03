"""Spectral clipping of the recurrent matrix' gradient

    dloss/dU = L S R^T,  dloss/dU <- L min(S, c) R^T      every H x H block by itself

Gradient: no direction of it is longer than c, so a plain step changes what U makes of any state by
at most c times the rate; what is shorter stays as it is, also where it stands beside an explosion.
Not `clip_norm`, which shortens all directions, and all weights, by the same factor. Not a bound on
U itself (`recurrent_bound`, `spectral_norm`). Adam comes after it and has its own step sizes, so
with Adam no such bound on U's change holds. It is the nearest matrix of such a norm.
Source: ours, next to pascanu2013, carlson2015
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Cell, map_loops
from seqbench.knobs import Positive
from seqbench.remedies._singular import with_singular_values
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_loop
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class SpectralClip(Remedy):
    """Knobs:
    limit:  c, the largest singular value of the gradient.
    """

    limit: Positive = 0.1

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_loop(cell, square=True)

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        def clipped(G: Tensor) -> Tensor:
            norm = torch.linalg.vector_norm(G, dim=(-2, -1), keepdim=True, dtype=torch.float64)
            clip = with_singular_values(G, lambda S: S.clamp(max=self.limit))
            return torch.where(norm <= self.limit, G, clip)  # not shorter: not clipped

        return map_loops(at.cell, grads, clipped)
