"""minGRU (minimal gated recurrent unit of Feng et al.)

    z_t = s(x_t W_z^T + b_z)
    n_t = x_t W_n^T + b_n
    h_t = (1 - z_t) * h_{t-1} + z_t * n_t    z and n see the input only: the loop is linear

Gradient: a step back multiplies it by exactly 1 - z, so it never explodes, and vanishes only as far
as the gates let the new in; no unit's gradient reaches another unit through time.
Not the log-space form, which makes n positive by g(x) = x + 1/2 (x >= 0), s(x) (x < 0) to be
scanned in parallel: this is the plain form, step by step. Not the minimal gated unit (`mgu`). It is
`t_rnn` with the gate's sign turned and a bias in n.
Source: feng2024
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class MinGru(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("z", "n")
    forget: ClassVar[dict[str, int]] = {"z": -1}
    linear: ClassVar[bool] = True

    def params(self) -> dict[str, Param]:
        return {name: param for name, param in super().params().items() if name != "U"}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        z, n = (x @ params["W"].mT + params["b"]).chunk(2, -1)
        gate = torch.sigmoid(z)
        return ((1 - gate) * h + gate * n,)
