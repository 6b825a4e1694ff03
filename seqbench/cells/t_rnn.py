"""Strongly typed RNN (T-RNN)

    z_t = x_t W_z^T
    f_t = s(x_t W_f^T + b)
    h_t = f_t * h_{t-1} + (1 - f_t) * z_t    no weight ever meets h: like is added to like

Gradient: a step back multiplies it by exactly f, so it never explodes, and vanishes only as far as
the gates forget; no unit's gradient reaches another unit through time.
Not torchrecurrent's T-RNN, whose z has a bias too. Not minGRU (`min_gru`), the same recurrence with
the gate's sign turned and that bias.
Source: balduzzi2016
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class TRnn(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("z", "f")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    linear: ClassVar[bool] = True

    def params(self) -> dict[str, Param]:
        return {
            "W": Param("H", "I", "input", ("z", "f")),
            "b": Param("1", "H", "bias", ("f",)),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        z, f = (x @ params["W"].mT).chunk(2, -1)
        f = torch.sigmoid(f + params["b"])
        return (f * h + (1 - f) * z,)
