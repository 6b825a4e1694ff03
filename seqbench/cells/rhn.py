"""Recurrent highway network (RHN), coupled gates

    a_0 = h_{t-1}                                    then, for l = 1 to depth:
    h, t = x_t W^T [l = 1] + a_{l-1} U_l^T + b_l     two blocks of H; only l = 1 sees the input
    a_l = s(t) * tanh(h) + (1 - s(t)) * a_{l-1}
    h_t = a_depth

Gradient: the straight path back goes through every layer of every step and is multiplied by
1 - s(t) at each; where the transform gates t are shut, depth costs nothing.
Not a stack of recurrent layers: the depth lies between two steps of one state. Not the variant with
a carry gate of its own. t lets the new in, so the gate that holds has the sign -1.
Our deviation: b begins at 0, where the authors begin t at -2 or -4 (the knob `forget_bias`); no
dropout. depth is 3, the default of their code; their best networks have 10.
Source: zilly2017
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param
from seqbench.knobs import Size


@dataclass(frozen=True, kw_only=True)
class Rhn(Cell):
    """Knobs:
    depth:  layers that a state goes through from one step to the next.
    """

    family: ClassVar[Family] = "simple"
    gates: ClassVar[tuple[str, ...]] = ("h", "t")
    forget: ClassVar[dict[str, int]] = {"t": -1}

    depth: Size = 3

    def params(self) -> dict[str, Param]:
        weights = {"W": Param("H", "I", "input", self.gates)}
        for layer in range(1, self.depth + 1):
            weights[f"U_{layer}"] = Param("H", "H", "recurrent", self.gates)
            weights[f"b_{layer}"] = Param("1", "H", "bias", self.gates)
        return weights

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (a,) = state
        for layer in range(1, self.depth + 1):
            z = a @ params[f"U_{layer}"].mT + params[f"b_{layer}"]
            h, t = (z + x @ params["W"].mT if layer == 1 else z).chunk(2, -1)
            gate = torch.sigmoid(t)
            a = gate * torch.tanh(h) + (1 - gate) * a
        return (a,)
