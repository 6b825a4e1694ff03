"""Gated recurrent unit (GRU), reset before the product

    r_t = s(x_t W_r^T + h_{t-1} U_r^T + b_r)
    z_t = s(x_t W_z^T + h_{t-1} U_z^T + b_z)
    n_t = tanh(x_t W_n^T + (r_t * h_{t-1}) U_n^T + b_n)
    h_t = (1 - z_t) * n_t + z_t * h_{t-1}

Gradient: the straight path back multiplies it by z, which the cell can hold near 1; the paths
through n and the gates can still explode.
Not the GRU of cuDNN and torch.nn, which resets after the product (`gru_reset_after`). Not the sign
of Chung et al. (2014), whose z lets the new in: here, as in Cho et al., z holds on to the old.
Source: cho2014, chung2014
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family


@dataclass(frozen=True, kw_only=True)
class Gru(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("r", "z", "n")
    forget: ClassVar[dict[str, int]] = {"z": 1}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        blocks = [2 * h.shape[-1], h.shape[-1]]
        x_rz, x_n = (x @ params["W"].mT + params["b"]).split(blocks, -1)
        U_rz, U_n = params["U"].split(blocks, -2)
        r, z = torch.sigmoid(x_rz + h @ U_rz.mT).chunk(2, -1)
        n = torch.tanh(x_n + (r * h) @ U_n.mT)
        return ((1 - z) * n + z * h,)
