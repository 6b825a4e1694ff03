"""Multiplicative LSTM (mLSTM)

    m_t = (x_t W_m^T) * (h_{t-1} U^T)        the input chooses how h acts
    i, f, g, o = x_t W^T + m_t V^T + b       four blocks of H; m stands where h does in the LSTM
    c_t = s(f) * c_{t-1} + s(i) * tanh(g)
    h_t = s(o) * tanh(c_t)

Gradient: along c as in the LSTM; through h a step back multiplies it by V diag(x_t W_m^T) U, so the
input can amplify it, or shut that path.
Not the mLSTM of xLSTM, whose memory is a matrix. Sources disagree: the workshop version (2017) and
the authors' first code have h = tanh(c * o) and no tanh on g; this is the later arXiv version (v3)
and the authors' code in Chainer.
Source: krause2016
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class LstmMultiplicative(Cell):
    family: ClassVar[Family] = "lstm"
    state: ClassVar[tuple[str, ...]] = ("h", "c")
    gates: ClassVar[tuple[str, ...]] = ("m", "i", "f", "g", "o")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    admit: ClassVar[dict[str, int]] = {"i": 1}

    def params(self) -> dict[str, Param]:
        _, *gates = self.gates
        return {
            "W": Param("H", "I", "input", self.gates),
            "U": Param("H", "H", "recurrent", ("m",)),
            "V": Param("H", "H", "recurrent", tuple(gates)),
            "b": Param("1", "H", "bias", tuple(gates)),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, c = state
        x_m, x_gates = (x @ params["W"].mT).split([h.shape[-1], 4 * h.shape[-1]], -1)
        m = x_m * (h @ params["U"].mT)
        i, f, g, o = (x_gates + m @ params["V"].mT + params["b"]).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c
