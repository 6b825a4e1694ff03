"""FastRNN: a simple network with a weighted residual connection

    n_t = tanh(x_t W^T + h_{t-1} U^T + b)
    h_t = s(alpha) n_t + s(beta) h_{t-1}     alpha, beta: two numbers, also trained

Gradient: a step back multiplies it by s(beta) I + s(alpha) diag(tanh') U, which begins close to the
identity (0.95 I + 0.05 ...), so it neither vanishes nor explodes quickly.
Not FastGRNN (`fastgrnn`), whose gate is a vector of every step. Not a leaky integrator
(`leaky_rnn`): the two numbers are learned and need not add up to 1.
Our deviation: b, W and U begin as in every other cell, in the authors' code b at 1, W and U with
the deviation .1; W and U have full rank and stay dense.
Source: kusupati2018
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param, affine


@dataclass(frozen=True, kw_only=True)
class Fastrnn(Cell):
    family: ClassVar[Family] = "simple"

    def params(self) -> dict[str, Param]:
        return super().params() | {
            "alpha": Param("1", "1", "scale", start=-3.0),
            "beta": Param("1", "1", "scale", start=3.0),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        # s(z), by tanh: torch.sigmoid rounds the end of a buffer otherwise, and this one is short
        a, b = ((1 + torch.tanh(params[name] / 2)) / 2 for name in ("alpha", "beta"))
        return (a * torch.tanh(affine(params, x, h)) + b * h,)
