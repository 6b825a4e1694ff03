"""Diagonal long short-term memory

    i, f, g, o = x_t W^T + u * h_{t-1} + b   four blocks of H; u: a number for each unit and gate
    c_t = s(f) * c_{t-1} + s(i) * tanh(g)
    h_t = s(o) * tanh(c_t)

Gradient: as in the LSTM, but no unit's gradient reaches another unit through time: the Jacobian of
k steps is a 2 x 2 block (h, c) for every unit, so it explodes or vanishes unit by unit.
Not ParaLSTM, which ties i to 1 - f and lets gates see c (peepholes); not minLSTM, whose gates do
not see h. Here nothing but the matrix differs from `lstm`.
Our deviation: one layer; u begins in U(-gain, gain), so that the spectral radius is about gain.
Source: danieli2025, hochreiter1997, gers2000
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Family
from seqbench.cells._diagonal import Diagonal


@dataclass(frozen=True, kw_only=True)
class DiagonalLstm(Diagonal):
    family: ClassVar[Family] = "lstm"
    state: ClassVar[tuple[str, ...]] = ("h", "c")
    gates: ClassVar[tuple[str, ...]] = ("i", "f", "g", "o")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    admit: ClassVar[dict[str, int]] = {"i": 1}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, c = state
        new = (x @ params["W"].mT + params["b"]).chunk(4, -1)
        i, f, g, o = (a + u * h for a, u in zip(new, params["u"].chunk(4, -1), strict=True))
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c
