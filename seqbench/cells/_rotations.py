"""Orthogonal matrices made of rotations of neighbors, layer upon layer (tunable EUNN)

    layer 1: (0, 1), (2, 3), ...    layer 2: (1, 2), (3, 4), ...    and so on in turn

Source: jing2017
"""

import torch
from torch import Tensor


def angles(units: int, layers: int) -> int:
    """How many there are; 1, which turns nothing, where there are no pairs."""
    return max(1, sum((units - layer % 2) // 2 for layer in range(layers)))


def turned(theta: Tensor, units: int, layers: int) -> Tensor:
    """The matrix Q of h Q, which turns row vectors: angles (..., 1, A) -> (..., H, H)"""
    there = theta.device
    Q, unit, first = torch.eye(units, device=there).to(theta), torch.arange(units, device=there), 0
    for odd in (layer % 2 for layer in range(layers)):
        pair, sign = (unit - odd) // 2, 1 - 2 * ((unit - odd) % 2)  # -1: the second of a pair
        pair = torch.where((pair >= 0) & (pair < (units - odd) // 2), first + pair, -1)
        own = torch.arange(theta.shape[-1], device=there)[:, None] == pair
        swap = (unit + sign == unit[:, None]) * sign  # from the column of a unit to its partner's
        angle = theta @ own.to(theta)  # of every unit; 0: it has no partner
        Q = Q * angle.cos() + (Q * angle.sin()) @ swap.mT.to(theta)
        first += (units - odd) // 2
    return Q
