"""Recurrent additive network (RAN)

    i_t = s(x_t W_i^T + h_{t-1} U_i^T + b_i)
    f_t = s(x_t W_f^T + h_{t-1} U_f^T + b_f)
    c_t = i_t * (x_t W_c^T) + f_t * c_{t-1}
    h_t = g(c_t)

Gradient: along c a step back multiplies it by f, which the cell can hold near 1; through the gates
it can still explode.
Not an LSTM: the content x_t W_c^T is linear and sees neither h nor a bias, so c_t is a weighted
sum of the inputs alone; no output gate.
Source: lee2017ran
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class Ran(Cell):
    """Knobs:
    activation:  g; the paper has both.
    """

    family: ClassVar[Family] = "gru"
    state: ClassVar[tuple[str, ...]] = ("h", "c")
    memory: ClassVar[tuple[str, ...]] = ("c",)
    gates: ClassVar[tuple[str, ...]] = ("c", "i", "f")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    admit: ClassVar[dict[str, int]] = {"i": 1}

    activation: Literal["tanh", "identity"] = "tanh"

    def params(self) -> dict[str, Param]:
        return super().params() | {
            "U": Param("H", "H", "recurrent", ("i", "f")),
            "b": Param("1", "H", "bias", ("i", "f")),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, c = state
        content, x_i, x_f = (x @ params["W"].mT).chunk(3, -1)
        h_i, h_f = (h @ params["U"].mT + params["b"]).chunk(2, -1)
        c = torch.sigmoid(x_i + h_i) * content + torch.sigmoid(x_f + h_f) * c
        return (torch.tanh(c) if self.activation == "tanh" else c), c
