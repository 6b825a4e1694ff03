"""Gated recurrent unit (GRU), reset after the product, as in cuDNN and torch.nn

    r_t = s(x_t W_r^T + h_{t-1} U_r^T + b_r)
    z_t = s(x_t W_z^T + h_{t-1} U_z^T + b_z)
    n_t = tanh(x_t W_n^T + b_n + r_t * (h_{t-1} U_n^T + b_h))
    h_t = (1 - z_t) * n_t + z_t * h_{t-1}

Gradient: the straight path back multiplies it by z, which the cell can hold near 1; the paths
through n and the gates can still explode.
Not the GRU of the papers of 2014, which resets h before the product (`gru`); the bias b_h inside
the reset is why this one has H more weights.
Source: cho2014
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class GruResetAfter(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("r", "z", "n")
    forget: ClassVar[dict[str, int]] = {"z": 1}

    def params(self) -> dict[str, Param]:
        return super().params() | {"b_h": Param("1", "H", "bias", ("n",))}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        blocks = [2 * h.shape[-1], h.shape[-1]]
        x_rz, x_n = (x @ params["W"].mT + params["b"]).split(blocks, -1)
        h_rz, h_n = (h @ params["U"].mT).split(blocks, -1)
        r, z = torch.sigmoid(x_rz + h_rz).chunk(2, -1)
        n = torch.tanh(x_n + r * (h_n + params["b_h"]))
        return ((1 - z) * n + z * h,)
