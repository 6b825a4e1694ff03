"""Long short-term memory (LSTM) with forget gate

    i, f, g, o = x_t W^T + h_{t-1} U^T + b   four blocks of H, in torch.nn's order
    c_t = s(f) * c_{t-1} + s(i) * tanh(g)
    h_t = s(o) * tanh(c_t)                   s: the logistic function; * is element by element

Gradient: along c a step back multiplies it by s(f), which the cell can hold near 1, so it need not
vanish; through the gates and h it still can explode.
Not the LSTM of 1997 (`lstm_1997`), which had no forget gate and cut the gradients of its gates.
Source: hochreiter1997, gers2000
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, affine


@dataclass(frozen=True, kw_only=True)
class Lstm(Cell):
    family: ClassVar[Family] = "lstm"
    state: ClassVar[tuple[str, ...]] = ("h", "c")
    gates: ClassVar[tuple[str, ...]] = ("i", "f", "g", "o")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    admit: ClassVar[dict[str, int]] = {"i": 1}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, c = state
        i, f, g, o = affine(params, x, h).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c
