"""Minimal gated unit (MGU)

    f_t = s(x_t W_f^T + h_{t-1} U_f^T + b_f)
    n_t = tanh(x_t W_n^T + (f_t * h_{t-1}) U_n^T + b_n)
    h_t = (1 - f_t) * h_{t-1} + f_t * n_t

Gradient: the straight path back multiplies it by 1 - f; but where f is near 0 to hold on, the same
f also hides h from n, so holding and computing with what is held exclude each other.
Not an LSTM's f, although the paper calls it the forget gate: here f near 0 holds on. It is the GRU
whose reset and update gates are one.
Source: zhou2016
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family


@dataclass(frozen=True, kw_only=True)
class Mgu(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("f", "n")
    forget: ClassVar[dict[str, int]] = {"f": -1}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        x_f, x_n = (x @ params["W"].mT + params["b"]).chunk(2, -1)
        U_f, U_n = params["U"].chunk(2, -2)
        f = torch.sigmoid(x_f + h @ U_f.mT)
        n = torch.tanh(x_n + (f * h) @ U_n.mT)
        return ((1 - f) * h + f * n,)
