"""JANET (just another network): the LSTM with nothing but its forget gate

    f, g = x_t W^T + h_{t-1} U^T + b         two blocks of H
    h_t = s(f) * h_{t-1} + (1 - s(f - beta)) * tanh(g)

Gradient: the straight path back multiplies it by s(f); beta > 0 lets a unit hold on to nearly
all of the old and still take something new in.
Not the GRU (no reset gate), and no weighted mean: for beta > 0 the two weights exceed 1 together.
Our deviation: biases start at 0; the paper starts b_f by chrono initialization, here a remedy.
Source: vanderwesthuizen2018
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, affine


@dataclass(frozen=True, kw_only=True)
class Janet(Cell):
    """Knobs:
    beta:  how far the new is let in beyond 1 - s(f); 1 in the paper, 0 makes it a mean.
    """

    family: ClassVar[Family] = "lstm"
    gates: ClassVar[tuple[str, ...]] = ("f", "g")
    forget: ClassVar[dict[str, int]] = {"f": 1}

    beta: float = 1.0

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        f, g = affine(params, x, h).chunk(2, -1)
        return (torch.sigmoid(f) * h + torch.sigmoid(self.beta - f) * torch.tanh(g),)
