"""LSTM with working memory connections (LSTM-WM)

    i, f, g, o = x_t W^T + h_{t-1} U^T + b   four blocks of H
    c_t = s(f + tanh(c_{t-1} V_f^T)) * c_{t-1} + s(i + tanh(c_{t-1} V_i^T)) * tanh(g)
    h_t = s(o + tanh(c_t V_o^T)) * tanh(c_t)         o sees the NEW cell

Gradient: along c as in the LSTM, and gates also pass it to all cells that they look at, through a
tanh that keeps what c can do to a gate within -1 and 1: s(f) loses at most that much of its net.
Not `lstm_peephole`, where a gate sees its own cell only, and unprotected. Not what torchrecurrent's
text says, in which g does not hear h: its code agrees with the paper.
Source: landi2021
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param, affine


@dataclass(frozen=True, kw_only=True)
class LstmWorkingMemory(Cell):
    family: ClassVar[Family] = "lstm"
    state: ClassVar[tuple[str, ...]] = ("h", "c")
    gates: ClassVar[tuple[str, ...]] = ("i", "f", "g", "o")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    admit: ClassVar[dict[str, int]] = {"i": 1}

    def params(self) -> dict[str, Param]:
        return super().params() | {"V": Param("H", "H", "recurrent", ("i", "f", "o"))}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, c = state
        i, f, g, o = affine(params, x, h).chunk(4, -1)
        V_if, V_o = params["V"].tensor_split([2 * h.shape[-1]], -2)
        c_i, c_f = torch.tanh(c @ V_if.mT).chunk(2, -1)
        c = torch.sigmoid(f + c_f) * c + torch.sigmoid(i + c_i) * torch.tanh(g)
        return torch.sigmoid(o + torch.tanh(c @ V_o.mT)) * torch.tanh(c), c
