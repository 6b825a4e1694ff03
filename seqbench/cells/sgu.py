"""Simple gated unit (SGU)

    g_t = tanh(((x_t W_g^T + b_g) * h_{t-1}) U_g^T)
    z_t = hard(x_t W_z^T + h_{t-1} U_z^T + b_z)          hard(a) = a / 5 + 1/2, within 0 and 1
    h_t = (1 - z_t) * h_{t-1} + z_t * log(1 + exp(g_t * h_{t-1}))

Gradient: the straight path back multiplies it by 1 - z. The gate reaches 0 and 1, where it holds on
or lets go without any loss, and learns nothing: its slope is 0 there.
Not the GRU: the input multiplies the state, and all that is new is a softplus, so h is never
negative. Not `dsgu`, whose new part is bounded and has one more matrix.
Our deviation: the slope of 1/5 is Theano's and Keras' of the time; torchrecurrent's is 1/6.
Source: gao2016
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import softplus

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family


@dataclass(frozen=True, kw_only=True)
class Sgu(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("g", "z")
    forget: ClassVar[dict[str, int]] = {"z": -1}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        x_g, x_z = (x @ params["W"].mT + params["b"]).chunk(2, -1)
        U_g, U_z = params["U"].chunk(2, -2)
        g = torch.tanh((x_g * h) @ U_g.mT)
        z = (0.2 * (x_z + h @ U_z.mT) + 0.5).clamp(0, 1)
        return ((1 - z) * h + z * softplus(g * h),)
