"""Light gated recurrent unit (Li-GRU)

    z_t = s(x_t W_z^T + h_{t-1} U_z^T + b_z)
    n_t = relu(x_t W_n^T + h_{t-1} U_n^T + b_n)
    h_t = z_t * h_{t-1} + (1 - z_t) * n_t

Gradient: the straight path back multiplies it by z, and relu passes it on unshrunk; but nothing
bounds h, so h and the gradient can explode as in a linear network.
Not `ugrnn`, which has tanh in place of relu; not `lightru`, whose n does not see h.
Our deviation: the paper normalizes x_t W^T over the batch, which keeps n from running away and
replaces b; here one sequence never sees another, so that is left out.
Source: ravanelli2018
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, affine


@dataclass(frozen=True, kw_only=True)
class Ligru(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("z", "n")
    forget: ClassVar[dict[str, int]] = {"z": 1}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        z, n = affine(params, x, h).chunk(2, -1)
        z = torch.sigmoid(z)
        return (z * h + (1 - z) * torch.relu(n),)
