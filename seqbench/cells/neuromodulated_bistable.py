"""Neuromodulated bistable recurrent cell (nBRC)

    a_t = 1 + tanh(x_t W_a^T + h_{t-1} U_a^T + b_a)
    c_t = s(x_t W_c^T + h_{t-1} U_c^T + b_c)
    h_t = c_t * h_{t-1} + (1 - c_t) * tanh(x_t W_n^T + a_t * h_{t-1})

Gradient: it goes back to the unit's own past by c and a, and to the other units only through the
gates; a unit with a > 1 at rest holds its state while the gradient vanishes.
Not a GRU, although U_a and U_c are full matrices: n sees h through no matrix, and a reaches 2
where a reset gate stops at 1.
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
class NeuromodulatedBistable(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("a", "c", "n")
    forget: ClassVar[dict[str, int]] = {"c": 1}

    def params(self) -> dict[str, Param]:
        return {
            "W": Param("H", "I", "input", ("a", "c", "n")),
            "U": Param("H", "H", "recurrent", ("a", "c")),
            "b": Param("1", "H", "bias", ("a", "c")),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        x_a, x_c, x_n = (x @ params["W"].mT).chunk(3, -1)
        h_a, h_c = (h @ params["U"].mT + params["b"]).chunk(2, -1)
        a, c = 1 + torch.tanh(x_a + h_a), torch.sigmoid(x_c + h_c)
        return (c * h + (1 - c) * torch.tanh(x_n + a * h),)
