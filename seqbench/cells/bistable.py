"""Bistable recurrent cell (BRC)

    a_t = 1 + tanh(x_t W_a^T + u_a * h_{t-1} + b_a)
    c_t = s(x_t W_c^T + u_c * h_{t-1} + b_c)
    h_t = c_t * h_{t-1} + (1 - c_t) * tanh(x_t W_n^T + a_t * h_{t-1})

Gradient: it goes back unit by unit; a unit with a > 1 has two stable states and, left alone,
stays in the one it is in; there the gradient vanishes.
Not a network of connected units: u_a and u_c are vectors, 1 at first, so a unit sees its own past
only.
Our deviation: b_a and b_c, which the paper's equations lack and the authors' code has.
Source: vecoven2021
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class Bistable(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("a", "c", "n")
    forget: ClassVar[dict[str, int]] = {"c": 1}

    def params(self) -> dict[str, Param]:
        return {
            "W": Param("H", "I", "input", ("a", "c", "n")),
            "u": Param("1", "H", "recurrent", ("a", "c"), start=1.0),
            "b": Param("1", "H", "bias", ("a", "c")),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        x_a, x_c, x_n = (x @ params["W"].mT).chunk(3, -1)
        u_a, u_c = params["u"].chunk(2, -1)
        b_a, b_c = params["b"].chunk(2, -1)
        a = 1 + torch.tanh(x_a + u_a * h + b_a)
        c = torch.sigmoid(x_c + u_c * h + b_c)
        return (c * h + (1 - c) * torch.tanh(x_n + a * h),)
