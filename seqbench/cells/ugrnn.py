"""Update gate recurrent network (UGRNN)

    c_t = tanh(x_t W_c^T + h_{t-1} U_c^T + b_c)
    g_t = s(x_t W_g^T + h_{t-1} U_g^T + b_g)
    h_t = g_t * h_{t-1} + (1 - g_t) * c_t

Gradient: the straight path back multiplies it by g, which the cell can hold near 1; the paths
through c and g can still explode.
Not the GRU: there is no reset gate, so c always sees all of h.
Our deviation: b_g starts at 0; the authors' code adds 1 to it, which is the knob `forget_bias`.
Source: collins2017
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, affine


@dataclass(frozen=True, kw_only=True)
class Ugrnn(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("c", "g")
    forget: ClassVar[dict[str, int]] = {"g": 1}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        c, g = affine(params, x, h).chunk(2, -1)
        g = torch.sigmoid(g)
        return (g * h + (1 - g) * torch.tanh(c),)
