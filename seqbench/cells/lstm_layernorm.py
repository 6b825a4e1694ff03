"""Layer-normalized LSTM

    i, f, g, o = a_x * N(x_t W^T) + a_h * N(h_{t-1} U^T) + b   four blocks of H, as one
    c_t = s(f) * c_{t-1} + s(i) * tanh(g)
    h_t = s(o) * tanh(a_c * N(c_t) + b_c)    the gains a start at 1
    N(z) = (z - mean(z)) / sqrt(var(z) + 10^-5)   of each sequence and step by itself

Gradient: along c as in the LSTM, since c itself is not normalized; through h it does not depend on
the scale of U, so recurrent weights that grow do not make it explode.
Not normalized gate by gate, and not one N for the sum of x W^T and h U^T: equations (20) to (22) of
the paper. A lone input (I = 1) has only its sign left after N(x W^T).
Our deviation: the biases that the paper puts behind both N's are one b, as only their sum acts.
Source: ba2016
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import layer_norm

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param

_NET = ("i", "f", "g", "o")


def _normalized(z: Tensor) -> Tensor:
    return layer_norm(z, z.shape[-1:], eps=1e-5)  # the epsilon of the authors' code


@dataclass(frozen=True, kw_only=True)
class LstmLayernorm(Cell):
    family: ClassVar[Family] = "lstm"
    state: ClassVar[tuple[str, ...]] = ("h", "c")
    gates: ClassVar[tuple[str, ...]] = ("i", "f", "g", "o", "c")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    admit: ClassVar[dict[str, int]] = {"i": 1}

    def params(self) -> dict[str, Param]:
        return {
            "W": Param("H", "I", "input", _NET),
            "U": Param("H", "H", "recurrent", _NET),
            "b": Param("1", "H", "bias", _NET),
            "a_x": Param("1", "H", "scale", _NET, start=1.0),
            "a_h": Param("1", "H", "scale", _NET, start=1.0),
            "a_c": Param("1", "H", "scale", ("c",), start=1.0),
            "b_c": Param("1", "H", "bias", ("c",)),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, c = state
        from_x = params["a_x"] * _normalized(x @ params["W"].mT)
        from_h = params["a_h"] * _normalized(h @ params["U"].mT)
        i, f, g, o = (from_x + from_h + params["b"]).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(params["a_c"] * _normalized(c) + params["b_c"]), c
