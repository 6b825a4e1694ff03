"""Pascanu's Omega from what one step back in time does to the length of a gradient.

Omega = sum_t mean_b (r_t - 1)^2 / sum_t mean_b [||d_t||^2 >= 1e-20]
r_t = ||back_t||^2 / ||d_t||^2      back: d one step back in time
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.remedy import At, Trajectory

BOUND = 1e-20  # the loss is a mean over the batch, and so are the lengths that it bounds


def before(trajectory: Trajectory, at: At, params: Tensors) -> State:
    """What every step found, as numbers: (..., T, B, width) each"""
    x = trajectory.x[..., : trajectory.sequences, :]
    start = at.cell.start(x.select(-3, 0), params)
    pairs = zip(start, trajectory.parts, strict=True)
    return tuple(
        torch.cat([first.unsqueeze(-3), part[..., :-1, :, :]], -3).detach() for first, part in pairs
    )


def omega(back: Sequence[Tensor], d: Sequence[Tensor]) -> Tensor:
    """d after and before one step back, part by part of the state: (..., T * B, *) each -> (...)"""
    after, before = _squared(back), _squared(d)
    asked = before >= BOUND
    r = torch.where(asked, after / before.clamp(min=BOUND), 1.0)
    return ((r - 1).square().sum(-1) / asked.sum(-1).clamp(min=1)).to(d[0])


def _squared(parts: Sequence[Tensor]) -> Tensor:
    """The squared length of all parts together, in float64: that of an explosion is finite, too."""
    return torch.stack([part.double().square().sum(-1) for part in parts]).sum(0)
