"""Pascanu's regularizer Omega against vanishing gradients

    loss + a Omega
    Omega = sum_t mean_b (r_t - 1)^2 / sum_t mean_b [||d_t||^2 >= 10^-20]
    r_t = ||(d_t * f'_t) U||^2 / ||d_t||^2     1 where ||d_t|| is below 1e-10

d_t: dloss/dh_t with all later steps in it, f'_t: the slope at step t, both taken as constants. All
T transitions count, the first (from the start) and the last included, as in the authors' code.
Gradient: one step back is drawn to keep its length in the direction that the loss asks for; only U
is pulled.
Not the unsquared ratio of the paper's equation 9, not `omega_vjp`, and not a penalty on gradients
that are long. The authors clip after it: `clip_norm+omega`.
Source: pascanu2013
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.autograd import grad

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.knobs import NonNegative
from seqbench.remedies._omega import before, omega
from seqbench.remedy import At, Remedy, Trajectory
from seqbench.remedy.objections import needs_past
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class Omega(Remedy):
    """Knobs: weight, a; 2 in the authors' code, 4 in the paper."""

    alone: ClassVar[bool] = True
    weight: NonNegative = 2.0

    def suits(self, cell: Cell, task: Task) -> str | None:
        declared = {(p.role, p.rows, p.columns, len(p.gates)) for p in cell.params().values()}
        simple = {("input", "H", "I", 1), ("recurrent", "H", "H", 1), ("bias", "1", "H", 1)}
        plain = len(cell.params()) == 3 and len(cell.state) == 1 and not cell.composed
        if cell.remembers and not (plain and declared == simple):
            return "It is published for h = f(x W + h U + b) only; `omega_vjp` is for any cell."
        return needs_past(cell, task, by_weights=True)

    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor | None:
        if self.weight == 0:
            return None
        name = {param.role: name for name, param in at.cell.params().items()}
        x = trajectory.x[..., : trajectory.sequences, :]
        (d,), (past,) = trajectory.pulls(), before(trajectory, at, params)
        d, past, x = (part.flatten(-3, -2) for part in (d, past, x))  # (..., T * B, *)
        z = (x @ params[name["input"]].mT).detach().requires_grad_()
        I = torch.eye(z.shape[-1], dtype=z.dtype, device=z.device).expand(*z.shape[:-2], -1, -1)  # noqa: E741
        (new,) = at.cell.step(params | {name["input"]: I}, (past,), z)  # dnew/dz is f', for any f
        (slope,) = grad(new.sum(), z)  # (..., T * B, H)
        back = (d * slope) @ params[name["recurrent"]]
        return self.weight * omega([back], [d])
