"""Orthogonalized gradient of the recurrent matrix (spectral descent, the kernel of Muon)

    dloss/dU = L S R^T,  dloss/dU <- a L R^T      every H x H block by itself

Directions whose singular value is 0 to rounding stay 0.
Gradient: a plain step turns and stretches by the rate times a in all of its directions, whether
they have vanished or exploded; among steps of that spectral norm it descends most.
Not `normalize_gradient`, which keeps the ratios of S. Not `stiefel`: U is not held orthogonal. Not
the length of Carlson et al., a = sum S, which explodes with the gradient.
Our deviation: Muon orthogonalizes its momentum, by a polynomial; here it is the gradient, exactly,
and the optimizer comes after it, so Adam's steps are not orthogonal.
Source: carlson2015, jordan2024
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

ROUNDING = torch.finfo(torch.float32).eps  # of the largest, times H; 0 of an exact gradient


@dataclass(frozen=True, kw_only=True)
class OrthogonalizedUpdate(Remedy):
    """Knobs:
    length:  a; the rate times a is how far a plain step goes in every direction.
    """

    length: Positive = 0.1

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_loop(cell, square=True)

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        def flat(S: Tensor) -> Tensor:
            return self.length * (ROUNDING * S.shape[-1] * S[..., :1] < S).to(S)

        return map_loops(at.cell, grads, lambda G: with_singular_values(G, flat))
