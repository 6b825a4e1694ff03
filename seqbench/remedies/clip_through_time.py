"""Clipping of the gradient on its way back through time

    forward     s_t -> s_t
    backward    d_t <- d_t min(1, c / ||d_t||)     d_t: what step t + 1 hands back to step t

||d_t|| is the joint norm of all parts of the state and all sequences of the trial; what the readout
of step t adds comes after the bound.

Gradient: however many steps back, what is handed on is never longer than c, so an explosion stops
where it begins; what has vanished stays vanished.
Not `clip_norm`, which bounds the sum over all steps at the end, where one explosion has drowned the
other steps already. Not a cut (`truncate`): short gradients pass unchanged.
Our deviation: Graves bounds every number by itself; here the length, so the direction stays.
Source: graves2013
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from seqbench.axes import State, scaled, total
from seqbench.cell import Cell
from seqbench.knobs import Positive
from seqbench.remedy import At, Remedy, needs_past
from seqbench.task import Task


class _Limit(Protocol):
    limit: float


class _Bounded(torch.autograd.Function):
    @staticmethod
    def forward(ctx: _Limit, limit: float, *parts: Tensor) -> tuple[Tensor, ...]:
        ctx.limit = limit
        return tuple(part.view_as(part) for part in parts)

    @staticmethod
    def backward(ctx: _Limit, *grads: Tensor) -> tuple[Tensor | None, ...]:
        squared = torch.stack([total(g.double().square()) for g in grads]).sum(0)
        norm = squared.clamp(min=ctx.limit**2).sqrt()  # the root has no second derivative at 0
        return None, *(scaled(g, (ctx.limit / norm).to(g)) for g in grads)


@dataclass(frozen=True, kw_only=True)
class ClipThroughTime(Remedy):
    """Knobs: limit, c; the loss is a mean, so at the last step ||d|| is often below 1."""

    limit: Positive = 1.0

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_past(cell, task)

    def carry(self, past: State, new: State, left: int, at: At) -> State:
        moving = [part for part in new if part.requires_grad]
        bounded = iter(_Bounded.apply(self.limit, *moving) if moving else ())
        return tuple(next(bounded) if part.requires_grad else part for part in new)
