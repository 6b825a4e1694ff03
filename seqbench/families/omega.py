"""Pascanu's Omega from what one step back in time does to the length of a gradient.

Omega = sum_t mean_b (r_t - 1)^2 / sum_t mean_b [length >= 1e-20],   r_t = back / length
"""

import torch
from torch import Tensor

BOUND = 1e-20  # the loss is a mean over the batch, and so are the lengths that it bounds


def omega(back: Tensor, length: Tensor) -> Tensor:
    """Squared lengths after and before one step back, (..., T * B) each -> (...)"""
    asked = length >= BOUND
    r = torch.where(asked, back / length.clamp(min=BOUND), 1.0)
    return (r - 1).square().sum(-1) / asked.sum(-1).clamp(min=1)
