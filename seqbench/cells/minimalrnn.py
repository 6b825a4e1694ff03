"""MinimalRNN

    z_t = tanh(x_t W^T + b_z)                           the input, in the terms of the memory
    u_t = s(h_{t-1} U^T + z_t V^T + b_u)
    h_t = u_t * h_{t-1} + (1 - u_t) * z_t

Gradient: the straight path back multiplies it by u, which the cell can hold near 1; the only other
path is through the gate.
Not the GRU without its reset gate: what is new here is a function of the input alone. Not the
minimal gated unit (`mgu`), and not minGRU (`min_gru`), whose gate does not see the state.
Source: chen2017
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class Minimalrnn(Cell):
    family: ClassVar[Family] = "simple"
    gates: ClassVar[tuple[str, ...]] = ("z", "u")
    forget: ClassVar[dict[str, int]] = {"u": 1}

    def params(self) -> dict[str, Param]:
        return {
            "W": Param("H", "I", "input", ("z",)),
            "U": Param("H", "H", "recurrent", ("u",)),
            "V": Param("H", "H", "input", ("u",)),
            "b": Param("1", "H", "bias", ("z", "u")),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        b_z, b_u = params["b"].chunk(2, -1)
        z = torch.tanh(x @ params["W"].mT + b_z)
        u = torch.sigmoid(h @ params["U"].mT + z @ params["V"].mT + b_u)
        return (u * h + (1 - u) * z,)
