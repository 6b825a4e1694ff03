"""Residual LSTM

    i, f, g, o = x_t W^T + h_{t-1} U^T + b   four blocks of H
    c_t = s(f + p_f * c_{t-1}) * c_{t-1} + s(i + p_i * c_{t-1}) * tanh(g)
    h_t = s(o + p_o * c_t) * (tanh(c_t) U_h^T + x_t W_h^T)     the shortcut passes by the memory

Gradient: along c as in the peephole LSTM; the shortcut takes it to the input without passing c,
which helps in deep stacks of layers, not over time.
Not the highway LSTM, whose shortcut leads from cell to cell, and not the old h added to the new,
which would be a shortcut in time.
Our deviation: the paper's projection W_p (here U_h) is square; its shortcut W_h may be left out
where I = H, here it is always a matrix.
Source: kim2017
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param, affine

_NET = ("i", "f", "g", "o")


@dataclass(frozen=True, kw_only=True)
class ResidualLstm(Cell):
    family: ClassVar[Family] = "lstm"
    state: ClassVar[tuple[str, ...]] = ("h", "c")
    gates: ClassVar[tuple[str, ...]] = ("i", "f", "g", "o", "h")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    admit: ClassVar[dict[str, int]] = {"i": 1}

    def params(self) -> dict[str, Param]:
        return {
            "W": Param("H", "I", "input", _NET),
            "U": Param("H", "H", "recurrent", _NET),
            "b": Param("1", "H", "bias", _NET),
            "p": Param("1", "H", "peephole", ("i", "f", "o")),
            "U_h": Param("H", "H", "recurrent", ("h",)),
            "W_h": Param("H", "I", "input", ("h",)),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, c = state
        p_i, p_f, p_o = params["p"].chunk(3, -1)
        i, f, g, o = affine(params, x, h).chunk(4, -1)
        c = torch.sigmoid(f + p_f * c) * c + torch.sigmoid(i + p_i * c) * torch.tanh(g)
        inner = torch.tanh(c) @ params["U_h"].mT + x @ params["W_h"].mT
        return torch.sigmoid(o + p_o * c) * inner, c
