"""Exponential map: recurrent matrices that are always orthogonal (expRNN)

    U = exp(A - A^T)      A: what lies above the diagonal of the trained block, each H x H by itself

Initially A - A^T turns H/2 planes by angles from U[-pi, pi] (Henaff et al. 2016).
Gradient: U changes no length however A is trained, so only f' and the gates shrink what flows back
through it, and there is no explosion by U.
Not a projection (`stiefel`): A is free, and the optimizer sees dloss/dA. Only rotations, det U = 1.
In a composition, remedies of the start and of the weights change A, not U.
Our deviation: A learns at the rate of all weights; the authors give it a tenth of that.
Source: lezcano2019, henaff2016
"""

from dataclasses import dataclass
from math import pi

import torch
from torch import Tensor

from seqbench.axes import Tensors, scaled, total
from seqbench.cell import Cell, map_blocks, map_loops
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_loop
from seqbench.task import Task

SQUARINGS = 5  # exact to rounding for angles up to about 25
LONGEST = 1e4  # as long as A may be; of longer ones float32 hardly knows the angles


def _rotation(block: Tensor) -> Tensor:
    """exp(A - A^T) by Pade approximant and squaring, in float64. (..., H, H)

    torch.linalg.matrix_exp costs twice as much with its derivative, and waits for the device. This
    is orthogonal whatever A is; one longer than LONGEST is shortened, or rounding would spoil it.
    """
    A, I = block.double().triu(1), torch.eye(block.shape[-1], device=block.device)  # noqa: E741
    length = total(A * A).clamp(min=LONGEST**2).sqrt()
    X = scaled(A - A.mT, LONGEST / length / 2**SQUARINGS)
    even, odd = I + (X2 := X @ X) / 9 + (X4 := X2 @ X2) / 1008, X @ (I / 2 + X2 / 72 + X4 / 30240)
    root, _ = torch.linalg.solve_ex(even - odd, even + odd)
    for _ in range(SQUARINGS):
        root = root @ root
    return root.to(block)


@dataclass(frozen=True, kw_only=True)
class ExpMap(Remedy):
    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_loop(cell, square=True)

    def initialize(self, params: Tensors, at: At) -> Tensors:
        def turns(U: Tensor, _: str) -> Tensor:
            angles = pi * (2 * at.noise.uniform(len(U) // 2) - 1)
            above = torch.stack([angles, torch.zeros_like(angles)], -1).flatten()
            return torch.diag(above[: len(U) - 1], 1).to(U)

        return map_blocks(at.cell, params, "recurrent", turns)

    def reparametrize(self, params: Tensors, at: At) -> Tensors:
        return map_loops(at.cell, params, _rotation)
