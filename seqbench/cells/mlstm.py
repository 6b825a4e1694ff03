"""mLSTM (matrix LSTM of xLSTM), with exponential gating

    q, k, v, o = x_t W^T + b                 four blocks of H
    i, f = x_t w^T + c                       two numbers
    m_t = max(log s(f) + m_{t-1}, i)
    i' = exp(i - m_t),  f' = exp(log s(f) + m_{t-1} - m_t)
    C_t = f' C_{t-1} + i' v k^T / sqrt(H)    H x H numbers
    n_t = f' n_{t-1} + i' k / sqrt(H)
    h_t = s(o) * C_t q / max(|n_t q|, exp(-m_t))       the same whatever m is

Gradient: n steps back multiply what is stored by its forget gates, so along C it cannot explode;
a later, larger i takes the share of a write away, and its gradient with it.
Not the sLSTM of the same paper, whose gates hear h: here nothing on the loop does. Not the xLSTM
block: no heads, convolution, norm or projections around it.
Our deviation: the biases of i and f start at 0; m is a constant to the gradient, which is exact
because h does not depend on it.
Source: beck2024
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from seqbench.axes import State, Tensors
from seqbench.cell import Family, Param
from seqbench.cells._matrix_memory import MatrixMemory, matrix, read, write


@dataclass(frozen=True, kw_only=True)
class Mlstm(MatrixMemory):
    family: ClassVar[Family] = "linear_attention"
    state: ClassVar[tuple[str, ...]] = ("h", "C", "n", "m")
    memory: ClassVar[tuple[str, ...]] = ()  # C and n are multiples of exp(-m): mixed, they mislead
    gates: ClassVar[tuple[str, ...]] = ("q", "k", "v", "o", "i", "f")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    admit: ClassVar[dict[str, int]] = {"i": 1}

    def params(self) -> dict[str, Param]:
        maps, ones = self.gates[:4], self.gates[4:]
        own = {"W": Param("H", "I", "input", maps), "b": Param("1", "H", "bias", maps)}
        return own | {"w": Param("G", "I", "input", ones), "c": Param("1", "G", "bias", ones)}

    def start(self, x: Tensor, params: Tensors) -> State:
        h, C = super().start(x, params)
        return h, C, h, h[..., :1]

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        q, k, v, o = (x @ params["W"].mT + params["b"]).chunk(4, -1)
        i, f = (x @ params["w"].mT + params["c"]).chunk(2, -1)
        _, C, n, m = state
        f, k = logsigmoid(f) + m, k / k.shape[-1] ** 0.5
        m = torch.maximum(f, i).detach()
        i, f = torch.exp(i - m), torch.exp(f - m)
        C = f.unsqueeze(-1) * matrix(C, k.shape[-1]) + write(i * v, k)
        n = f * n + i * k
        scale = torch.maximum((n * q).sum(-1, keepdim=True).abs(), torch.exp(-m))
        return torch.sigmoid(o) * read(C, q) / scale, C.flatten(-2), n, m
