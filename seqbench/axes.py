"""The alphabet of shapes, and the helpers that respect it.

    S  trials in a stack      T  time steps       B  sequences in a batch
    I  inputs                 H  hidden units     O  outputs

**The last two axes are the mathematics; any axis in front is trials.** A matrix of weights is
(..., H, I), a bias or any per-unit vector is a row (..., 1, H), one time step of a batch is
(..., B, I), a whole sequence (..., T, B, I). So `x @ W.mT` is a product of two matrices for one
trial and a batched product for a stack, and no equation ever mentions S.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

Tensors = dict[str, Tensor]  # the weights (or gradients) of one trial or of a stack, by name
State = tuple[Tensor, ...]  # what a cell carries from one step to the next, each (..., B, *)
TINY, HUGE = 1e-30, 2.0**100  # beyond these lengths `resized` takes care; powers of 2 round nothing


def total(x: Tensor) -> Tensor:
    """Sum over the last two axes: one number per trial. (..., a, b) -> (...)"""
    return x.flatten(-2).sum(-1)


def joint_norm(tensors: Iterable[Tensor]) -> Tensor:
    """Euclidean norm of all tensors together, per trial. Each (..., a, b) -> (...)

    Taken in float64, and no larger than the largest float32: what is finite has a finite norm.
    """
    listed = list(tensors)
    norm, largest = _norm(listed), torch.finfo(listed[0].dtype).max
    return torch.where(norm.isfinite(), norm.clamp(max=largest), norm).to(listed[0].dtype)


def _norm(tensors: Iterable[Tensor]) -> Tensor:
    """In float64, where that of finite float32 does not overflow."""
    first, *others = [
        torch.linalg.vector_norm(x, dim=(-2, -1), dtype=torch.float64).square() for x in tensors
    ]
    return sum(others, start=first).sqrt()


def resized(tensors: Tensors, length: float, *, lift: bool) -> Tensors:
    """All tensors times one number per trial, so that `length` is their joint norm.

    lift: whether what is shorter is made longer; 0 stays 0. What is huge is made shorter in two
    steps, as one factor would be so small that it is flushed to zero.
    """
    norm, like = _norm(tensors.values()), next(iter(tensors.values()))
    down = torch.where(norm > HUGE, 1 / HUGE, 1.0).to(norm)
    factor, down = length / (norm * down).to(like).clamp(min=TINY), down.to(like)
    factor = factor if lift else factor.clamp(max=1 / down)
    return {name: scaled(scaled(x, down), factor) for name, x in tensors.items()}


def scaled(x: Tensor, factor: Tensor) -> Tensor:
    """Multiply each trial by its own number. (..., a, b), (...) -> (..., a, b)"""
    return x * factor[..., None, None]
