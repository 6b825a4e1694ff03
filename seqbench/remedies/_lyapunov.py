"""Lyapunov exponents of a pass, of what is handed back through it, differentiable.

    J_t^T Q_t = Q_{t-1} R_t,  lambda_i = 1/(T - 1) sum_t log R_t[i, i]      t = T ... 2

J_t: Jacobian of step t, all parts of the state together. QR by Gram and Schmidt, which has a
derivative where J has too low a rank, too.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.autograd import grad

from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.remedy import Trajectory

ROUNDING = 1e-6  # of its length; what is left of less is what float32 has rounded


def exponents(cell: Cell, params: Tensors, seen: Trajectory, directions: Tensor) -> Tensor:
    """The first k exponents of every sequence: (..., B, k)

    directions: the columns of Q_T as rows, of any length, (..., k, N) for N numbers of the state.
    """
    x = seen.x[..., : seen.sequences, :].detach()
    steps = list(zip(*(part.unbind(-3) for part in seen.parts), x.unbind(-3), strict=True))
    wide = [v.expand(*x.shape[:-3], x.shape[-2], -1) for v in directions.to(x).split(1, -2)]
    q, none = _orthonormal(wide)
    growth = 0 * none
    for (*old, _), (*_, x_t) in zip(steps[-2::-1], steps[:0:-1], strict=True):
        q, more = _orthonormal(_back(cell, params, tuple(old), x_t, q))
        growth = growth + more
    return growth / max(len(steps) - 1, 1)


def _back(cell: Cell, params: Tensors, s: State, x: Tensor, q: Sequence[Tensor]) -> list[Tensor]:
    """J^T q of every q, (..., B, N), for a step from s, (..., B, width) each."""
    many = [torch.cat([part] * len(q), -2) for part in s]
    old = tuple(part if part.requires_grad else part.requires_grad_() for part in many)
    new = cell.step(params, old, torch.cat([x] * len(q), -2))
    pulls = torch.cat([*q], -2).to(x).split([part.shape[-1] for part in s], -1)
    ways = [pair for pair in zip(new, pulls, strict=True) if pair[0].requires_grad]  # no clock
    ends, starts = zip(*ways, strict=True)
    found = grad(ends, old, starts, create_graph=True, materialize_grads=True)
    return [*torch.cat(found, -1).chunk(len(q), -2)]


def _orthonormal(vectors: Sequence[Tensor]) -> tuple[list[Tensor], Tensor]:
    """Q's columns and log R's diagonal: (..., B, N) each -> (..., B, N) each, (..., B, k)

    In float64. A vector that depends on those before it becomes 0, and so does its logarithm.
    """
    kept, logs = list[Tensor](), list[Tensor]()
    for vector in vectors:
        v = whole = vector.double()
        for q in kept:
            v = v - (v * q).sum(-1, keepdim=True) * q
        squared, most = (z.square().sum(-1, keepdim=True) for z in (v, whole))
        alive = squared > ROUNDING**2 * most
        length = torch.where(alive, squared, 1.0).sqrt()
        kept.append(alive * v / length)
        logs.append(length.log())
    return kept, torch.cat(logs, -1)
