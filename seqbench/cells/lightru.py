"""Light recurrent unit

    n_t = tanh(x_t W_n^T)
    f_t = s(x_t W_f^T + h_{t-1} U_f^T + b_f)
    h_t = (1 - f_t) * h_{t-1} + f_t * n_t

Gradient: back through time it is multiplied by 1 - f; the only other path goes through f, and h
stays a weighted mean of the n of the past, so h is bounded by 1.
Not the linear recurrent unit (`lru`), although the paper's own abbreviation is LRU; not `star`,
which squashes h once more at every step. f near 0 holds on, against an LSTM's f.
Source: ye2024
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class Lightru(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("n", "f")
    forget: ClassVar[dict[str, int]] = {"f": -1}

    def params(self) -> dict[str, Param]:
        return super().params() | {
            "U": Param("H", "H", "recurrent", ("f",)),
            "b": Param("1", "H", "bias", ("f",)),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        x_n, x_f = (x @ params["W"].mT).chunk(2, -1)
        f = torch.sigmoid(x_f + h @ params["U"].mT + params["b"])
        return ((1 - f) * h + f * torch.tanh(x_n),)
