"""Scaled Cayley transform: recurrent matrices that are always orthogonal (scoRNN)

    U = (I + S)^-1 (I - S) D,  S = A - A^T   A: what lies above the diagonal of the trained block
    D = diag(1, ..., 1, -1, ..., -1)         D stays fixed; each H x H block by itself

Initially S = tan(angle / 2) in H/2 planes, angles from U[0, pi/2]: no eigenvalue of U D is near
-1, which S could not reach. D is there for those; it makes det U = -1 possible.
Gradient: U changes no length however A is trained, so only f' and the gates shrink what flows back
through it, and there is no explosion by U.
Not the exponential map, whose angles grow evenly with A. Not a projection (`stiefel`). In a
composition, remedies of the start and of the weights change A, not U.
Our deviation: A learns at the rate of all weights; the authors give it its own, smaller one.
Source: helfrich2018
"""

from dataclasses import dataclass
from math import pi

import torch
from torch import Tensor

from seqbench.axes import Tensors, scaled, total
from seqbench.cell import Cell, map_blocks, map_loops
from seqbench.knobs import Fraction
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_loop
from seqbench.task import Task

LONGEST = 1e8  # as long as A may be: I + S must not round to S, which may be singular


@dataclass(frozen=True, kw_only=True)
class Cayley(Remedy):
    """Knobs: negative, share of -1 in D; the authors tune it: 1/2 for copying, 1/10 for digits."""

    negative: Fraction = 0.5

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_loop(cell, square=True)

    def initialize(self, params: Tensors, at: At) -> Tensors:
        def turns(U: Tensor, _: str) -> Tensor:
            above = -torch.tan(pi / 4 * at.noise.uniform(len(U) // 2))
            spaced = torch.stack([above, torch.zeros_like(above)], -1).flatten()
            return torch.diag(spaced[: len(U) - 1], 1).to(U)

        return map_blocks(at.cell, params, "recurrent", turns)

    def reparametrize(self, params: Tensors, at: At) -> Tensors:
        def transformed(block: Tensor) -> Tensor:
            A, units = block.double().triu(1), block.shape[-1]
            length = total(A * A).clamp(min=LONGEST**2).sqrt()
            S, I = scaled(A - A.mT, LONGEST / length), torch.eye(units, device=A.device)  # noqa: E741
            U, _info = torch.linalg.solve_ex(I + S, I - S)  # I + S is never singular
            place = torch.arange(units, device=A.device)
            D = torch.where(place < units - round(self.negative * units), 1.0, -1.0)
            return (U * D).to(block)

        return map_loops(at.cell, params, transformed)
