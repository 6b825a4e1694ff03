"""MUT1, the first of the three mutants found by architecture search

    z_t = s(x_t W_z^T + b_z)
    r_t = s(x_t W_r^T + h_{t-1} U_r^T + b_r)
    n_t = tanh((r_t * h_{t-1}) U_n^T + tanh(x_t W_n^T) + b_n)
    h_t = z_t * n_t + (1 - z_t) * h_{t-1}

Gradient: the straight path back multiplies it by 1 - z, which depends on the input alone: no
gradient goes back through z, and how long a unit holds is not its own state's choice.
Not the sign of our `gru`: z lets the new in. b_n stands outside the inner tanh.
Our deviation: the paper has tanh(x_t), which needs as many inputs as units; we take
tanh(x_t W_n^T).
Source: jozefowicz2015
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class Mut1(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("z", "r", "n")
    forget: ClassVar[dict[str, int]] = {"z": -1}

    def params(self) -> dict[str, Param]:
        return super().params() | {"U": Param("H", "H", "recurrent", ("r", "n"))}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        x_z, x_r, x_n = (x @ params["W"].mT).chunk(3, -1)
        U_r, U_n = params["U"].chunk(2, -2)
        b_z, b_r, b_n = params["b"].chunk(3, -1)
        z = torch.sigmoid(x_z + b_z)
        r = torch.sigmoid(x_r + h @ U_r.mT + b_r)
        n = torch.tanh((r * h) @ U_n.mT + torch.tanh(x_n) + b_n)
        return (z * n + (1 - z) * h,)
