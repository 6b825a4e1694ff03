"""FastGRNN

    a_t = x_t W^T + h_{t-1} U^T                             shared by gate and candidate
    z_t = s(a_t + b_z)
    n_t = tanh(a_t + b_n)
    h_t = (s(zeta) (1 - z_t) + s(nu)) * n_t + z_t * h_{t-1}   zeta, nu: two numbers, also trained

Gradient: the straight path back multiplies it by z, which the cell can hold near 1; every other
path goes through the one matrix U.
Not `ugrnn`, which has matrices for gate and candidate each. zeta and nu start at 1 and -4, as in
the authors' code.
Our deviation: W and U stay whole; low rank, sparsity and quantization are compression, left out.
Source: kusupati2018
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class Fastgrnn(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("a", "z", "n")
    forget: ClassVar[dict[str, int]] = {"z": 1}

    def params(self) -> dict[str, Param]:
        return {
            "W": Param("H", "I", "input", ("a",)),
            "U": Param("H", "H", "recurrent", ("a",)),
            "b": Param("1", "H", "bias", ("z", "n")),
            "zeta": Param("1", "1", "scale", ("n",), start=1.0),
            "nu": Param("1", "1", "scale", ("n",), start=-4.0),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        a = x @ params["W"].mT + h @ params["U"].mT
        b_z, b_n = params["b"].chunk(2, -1)
        zeta, nu = torch.sigmoid(params["zeta"]), torch.sigmoid(params["nu"])
        z, n = torch.sigmoid(a + b_z), torch.tanh(a + b_n)
        return ((zeta * (1 - z) + nu) * n + z * h,)
