"""MUT3, the third of the three mutants found by architecture search

    r_t = s(x_t W_r^T + h_{t-1} U_r^T + b_r)
    z_t = s(x_t W_z^T + tanh(h_{t-1}) U_z^T + b_z)
    n_t = tanh(x_t W_n^T + (r_t * h_{t-1}) U_n^T + b_n)
    h_t = z_t * n_t + (1 - z_t) * h_{t-1}

Gradient: the straight path back multiplies it by 1 - z, which the cell can hold near 1; the tanh
in front of U_z shrinks what goes back through z from units that are far from 0.
Not the sign of our `gru`: z lets the new in. Only z sees tanh(h); r and n see h.
Source: jozefowicz2015
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family


@dataclass(frozen=True, kw_only=True)
class Mut3(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("r", "z", "n")
    forget: ClassVar[dict[str, int]] = {"z": -1}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        x_r, x_z, x_n = (x @ params["W"].mT + params["b"]).chunk(3, -1)
        U_r, U_z, U_n = params["U"].chunk(3, -2)
        r = torch.sigmoid(x_r + h @ U_r.mT)
        z = torch.sigmoid(x_z + torch.tanh(h) @ U_z.mT)
        n = torch.tanh(x_n + (r * h) @ U_n.mT)
        return (z * n + (1 - z) * h,)
