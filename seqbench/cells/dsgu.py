"""Deep simple gated unit (DSGU)

    g_t = tanh(((x_t W_g^T + b_g) * h_{t-1}) U_g^T)
    z_t = hard(x_t W_z^T + h_{t-1} U_z^T + b_z)          hard(a) = a / 5 + 1/2, within 0 and 1
    h_t = (1 - z_t) * h_{t-1} + z_t * s((g_t * h_{t-1}) V^T)

Gradient: the straight path back multiplies it by 1 - z; through the new part it meets three
matrices and the logistic function's slope of at most 1/4. At z = 0 and 1 the gate learns nothing.
Not `sgu`, whose new part is a softplus and not bounded: h stays within 0 and 1 here. Deep inside
one step, not in layers.
Our deviation: the slope of 1/5 is Theano's and Keras' of the time; torchrecurrent's is 1/6.
Source: gao2016
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class Dsgu(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("g", "z", "o")
    forget: ClassVar[dict[str, int]] = {"z": -1}

    def params(self) -> dict[str, Param]:
        both = self.gates[:2]
        return {
            "W": Param("H", "I", "input", both),
            "U": Param("H", "H", "recurrent", both),
            "V": Param("H", "H", "recurrent", ("o",)),
            "b": Param("1", "H", "bias", both),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        x_g, x_z = (x @ params["W"].mT + params["b"]).chunk(2, -1)
        U_g, U_z = params["U"].chunk(2, -2)
        g = torch.tanh((x_g * h) @ U_g.mT)
        z = (0.2 * (x_z + h @ U_z.mT) + 0.5).clamp(0, 1)
        return ((1 - z) * h + z * torch.sigmoid((g * h) @ params["V"].mT),)
