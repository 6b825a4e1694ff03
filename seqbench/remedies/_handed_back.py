"""A bound on the gradient that one step hands back to the step before it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import inf
from typing import Protocol

import torch
from torch import Tensor

from seqbench.axes import State, scaled, total
from seqbench.remedy import At, Remedy


@dataclass(frozen=True, kw_only=True)
class HandedBack(Remedy, ABC):
    """What goes forward stays as it is. A subclass gives `bound`."""

    @abstractmethod
    def bound(self, left: int) -> float:
        """Largest norm of the gradient; 0 cuts, inf lets pass. `left` steps are to come."""

    def carry(self, past: State, new: State, left: int, at: At) -> State:
        limit = self.bound(left)
        if limit == 0:
            return tuple(part.detach() for part in new)
        moving = [part for part in new if part.requires_grad]
        if limit == inf or not moving:
            return new
        bounded = iter(_Bounded.apply(limit, *moving))
        return tuple(next(bounded) if part.requires_grad else part for part in new)


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
