"""Soft orthogonality of the recurrent matrix

    loss + a sum ||U^T U - I||_F^2      over every H x H block by itself

Gradient: the linear part of one step back is drawn to change no length, so it neither vanishes nor
explodes by U alone; f' and the gates come on top.
Not a constraint: U stays orthogonal only as far as the loss lets it (`stiefel`, `exp_map`, `cayley`
hold it exactly). Not `orthogonal`, which acts at the start only, and not decay toward 0.
Source: vorontsov2017, bansal2018
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import Tensors, total
from seqbench.cell import Cell, recurrent_blocks
from seqbench.knobs import NonNegative
from seqbench.remedy import At, Remedy, Trajectory
from seqbench.remedy.objections import needs_loop
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class SoftOrthogonality(Remedy):
    """Knobs:
    weight:  a. The penalty grows with the number of units: at the start of `rnn` it is about H.
    """

    weight: NonNegative = 1e-2

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_loop(cell, square=True)

    def looks_at_the_pass(self, step: int) -> bool:
        return False

    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor:
        blocks = recurrent_blocks(at.cell, params)
        eye = torch.eye(blocks[0].shape[-1], device=blocks[0].device)
        gaps = [total((U.mT @ U - eye).square()) for U in blocks]
        return self.weight * sum(gaps[1:], start=gaps[0])
