"""sLSTM (scalar LSTM of xLSTM), with exponential gating

    i, f, g, o = x_t W^T + h_{t-1} U^T + b   four blocks of H; g is the paper's z
    m_t = max(log F(f) + m_{t-1}, i)         F: s or exp; at the first step m = i
    i' = exp(i - m_t),  f' = exp(log F(f) + m_{t-1} - m_t)
    c_t = f' * c_{t-1} + i' * tanh(g)
    n_t = f' * n_{t-1} + i'
    h_t = s(o) * c_t / n_t                   a weighted mean of tanh(g), the same whatever m is

Gradient: h is a weighted mean of all that was written, and each write gets the gradient by its
weight; a later, larger i takes the weight over, and what it replaced gets none.
Not the mLSTM of the same paper (a matrix memory without loop through h), and not the xLSTM block:
no heads, convolution, group norm or projections around it.
Our deviation: the forget bias starts at 0, not spread over units; m is a constant to the gradient,
which is exact because h does not depend on it. m = i at the first step is the authors' code.
Source: beck2024
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, affine


@dataclass(frozen=True, kw_only=True)
class Slstm(Cell):
    """Knobs:
    forget_gate:  F, the forget gate's activation.
    """

    family: ClassVar[Family] = "lstm"
    state: ClassVar[tuple[str, ...]] = ("h", "c", "n", "m")
    memory: ClassVar[tuple[str, ...]] = ()  # c and n are multiples of exp(-m): mixed, they mislead
    gates: ClassVar[tuple[str, ...]] = ("i", "f", "g", "o")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    admit: ClassVar[dict[str, int]] = {"i": 1}

    forget_gate: Literal["sigmoid", "exp"] = "sigmoid"

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, c, n, m = state
        i, f, g, o = affine(params, x, h).chunk(4, -1)
        held = m + (logsigmoid(f) if self.forget_gate == "sigmoid" else f)
        held = held.masked_fill(n == 0, -torch.inf)  # first step: nothing to hold on to
        m = torch.maximum(held, i).detach()
        i, f = torch.exp(i - m), torch.exp(held - m)
        c, n = f * c + i * torch.tanh(g), f * n + i
        return torch.sigmoid(o) * c / n, c, n, m
