"""Spectral normalization of the recurrent matrix

    U = a A / sigma_max(A)      A: the trained block, each H x H by itself; its length is free

Gradient: a step back through U stretches no direction by more than a, so for a <= 1 a network with
|f'| <= 1 and no gates cannot explode; directions with smaller singular values vanish as before.
Not a cap, which leaves smaller matrices alone (`recurrent_bound`): sigma_max is a at any time.
Not the spectral radius, which may be smaller than sigma_max. In a composition, what rescales A
(`small_init`, `spectral_radius`, `recurrent_bound`) leaves U alone: U only turns faster or slower.
Our deviation: singular vectors are exact, not one power iteration per update; as there, they count
as constants, which leaves the first derivative exact.
Source: miyato2018
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import Tensors, scaled
from seqbench.cell import Cell, map_loops
from seqbench.knobs import Positive
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_loop
from seqbench.task import Task

TINY = 1e-12  # a block of zeros stays one
SMALLEST = 1e-150  # in float64


@dataclass(frozen=True, kw_only=True)
class SpectralNorm(Remedy):
    """Knobs:
    norm:  a, the largest singular value; 1 in the paper.
    """

    norm: Positive = 1.0

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_loop(cell, square=True)

    def reparametrize(self, params: Tensors, at: At) -> Tensors:
        def normalized(A: Tensor) -> Tensor:
            known = A.detach().nan_to_num(0, 0, 0).double()
            _, right = torch.linalg.eigh(known.mT @ known)  # half the time of an svd of A
            v = right[..., -1:]  # (..., H, 1)
            u = torch.nn.functional.normalize(known @ v, dim=-2, eps=SMALLEST)
            sigma = (u.to(A).mT @ A @ v.to(A))[..., 0, 0]
            return scaled(A, self.norm / sigma.clamp(min=TINY))

        return map_loops(at.cell, params, normalized)
