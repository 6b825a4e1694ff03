"""Diagonal gated recurrent unit (ParaGRU)

    r_t = s(x_t W_r^T + u_r * h_{t-1} + b_r)
    z_t = s(x_t W_z^T + u_z * h_{t-1} + b_z)
    n_t = tanh(x_t W_n^T + u_n * r_t * h_{t-1} + b_n)
    h_t = (1 - z_t) * n_t + z_t * h_{t-1}    u: vectors, one number for each unit and gate

Gradient: as in the GRU, but no unit's gradient reaches another unit through time: the Jacobian of
k steps is diagonal, so it explodes or vanishes unit by unit.
Not linear, unlike minGRU: h stands inside the gates. With vectors it makes no difference whether
the reset comes before the product or after it, if there is no bias inside.
Our deviation: one layer; u begins in U(-gain, gain), so that the spectral radius is about gain.
Source: danieli2025, cho2014
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Family
from seqbench.cells._diagonal import Diagonal


@dataclass(frozen=True, kw_only=True)
class DiagonalGru(Diagonal):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("r", "z", "n")
    forget: ClassVar[dict[str, int]] = {"z": 1}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        x_r, x_z, x_n = (x @ params["W"].mT + params["b"]).chunk(3, -1)
        u_r, u_z, u_n = params["u"].chunk(3, -1)
        r, z = torch.sigmoid(x_r + u_r * h), torch.sigmoid(x_z + u_z * h)
        n = torch.tanh(x_n + u_n * (r * h))
        return ((1 - z) * n + z * h,)
