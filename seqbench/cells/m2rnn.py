"""Matrix-to-matrix RNN (M2RNN)

    q, k, v = x_t W^T + b                    three blocks of H
    f = exp(-A softplus(x_t w^T + c))        one number; trained is log A
    Z_t = tanh(S_{t-1} U^T + k v^T)          H x H numbers: a row for every key
    S_t = f S_{t-1} + (1 - f) Z_t
    h_t = S_t^T q + D * v

Gradient: a step back multiplies it by f plus (1 - f) times what a simple recurrence would do to
every row of S; where f is 1 it passes as it is, and what f lets in is bounded by tanh.
Not linear attention: the rows of S go through a matrix and a tanh, so it is not scanned.
Our deviation: one head and only the layer, without convolution, output gate, norm and projection;
q, k and v have a bias, as x may be 0; the gradient is not clipped between steps; A starts at 1,
where their many heads each draw one. U starts as gain times the identity, D at 1, as theirs do.
Source: mishra2026
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Family, Param, hold_on
from seqbench.cells._log_sigmoid import log_sigmoid
from seqbench.cells._matrix_memory import MatrixMemory, matrix, write


@dataclass(frozen=True, kw_only=True)
class M2rnn(MatrixMemory):
    family: ClassVar[Family] = "linear_attention"
    state: ClassVar[tuple[str, ...]] = ("h", "S")
    memory: ClassVar[tuple[str, ...]] = ("S",)
    gates: ClassVar[tuple[str, ...]] = ("q", "k", "v", "h", "f")
    forget: ClassVar[dict[str, int]] = {"f": -1}

    def params(self) -> dict[str, Param]:
        maps, one = self.gates[:3], ("f",)
        own = {"W": Param("H", "I", "input", maps), "b": Param("1", "H", "bias", maps)}
        own |= {"w": Param("G", "I", "input", one), "c": Param("1", "G", "bias", one)}
        own |= {"log_A": Param("1", "G", "scale", one), "D": Param("1", "H", "scale", start=1.0)}
        return own | {"U": Param("H", "H", "recurrent")}

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        rate = 0.001 * 100 ** torch.rand(1, 1, generator=stream)  # softplus(c) at x = 0
        own = {"c": rate.expm1().log(), "U": self.gain * torch.eye(sizes["H"])}
        return hold_on(self, super().initialize(sizes, stream) | own)

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        q, k, v = (x @ params["W"].mT + params["b"]).chunk(3, -1)
        z = log_sigmoid(-(x @ params["w"].mT + params["c"]))  # -softplus
        f, S = (z * params["log_A"].exp()).exp().unsqueeze(-1), matrix(state[1], H := q.shape[-1])
        rows = S.flatten(-3, -2) @ params["U"].mT  # every key of every sequence is a row
        S = f * S + (1 - f) * torch.tanh(rows.unflatten(-2, (-1, H)) + write(k, v))
        return (S * q.unsqueeze(-1)).sum(-2) + params["D"] * v, S.flatten(-2)
