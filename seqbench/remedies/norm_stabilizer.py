"""Norm stabilizer

    loss + a / (T - 1) sum_{t=2..T} mean_b (||h_t|| - ||h_{t-1}||)^2

Gradient: the state is drawn to keep its length, so what goes forward neither fades nor blows up;
the gradient follows only as far as the same Jacobians act on both.
Not a penalty on a gradient, despite its place among them. Not slowness: h may turn freely, as
long as its length stays. Not weight decay.
The paper's sum begins at the start of the sequence, h_0; the authors' code leaves that out, and so
do we: h_0 = 0 would draw h_1 to 0.
Source: krueger2016
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.knobs import NonNegative
from seqbench.remedy import At, Remedy, Trajectory
from seqbench.remedy.objections import needs_past
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class NormStabilizer(Remedy):
    """Knobs:
    weight:  a; 50 in the authors' runs on text.
    """

    weight: NonNegative = 50.0

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_past(cell, task)

    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor:
        norms = torch.linalg.vector_norm(trajectory.parts[0], dim=-1)  # (..., T, B)
        return self.weight * norms.diff(dim=-2).square().flatten(-2).mean(-1)
