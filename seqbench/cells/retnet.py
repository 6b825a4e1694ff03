"""Retention (RetNet)

    q, k, v = x_t W^T + b                    q, k: H complex numbers, re and im apart; v: H
    S_t = decay exp(i w) * S_{t-1} + v conj(k)^T       one decay; w: of each key, 1 to 10^-4
    h_t = Re(S_t q) / sqrt(2 H)              u steps back: decay^u times q . k, one turned by u w

Gradient: n steps back multiply it by decay^n, at any input, and turn it: it vanishes at a known
pace, and cannot explode.
Not gated linear attention, whose decay is of the inputs, and not softmax attention: a sum over the
past by a state of fixed size.
Our deviation: one head, whose decay is that of their first (others: 1 - 2^-6, 1 - 2^-7, ...), and
only the layer, without group norm, output gate and projection; q, k and v have a bias, as x may be
0; a value has H numbers and a key 2 H, where theirs are twice as wide as keys.
Source: sun2023
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Family, Param
from seqbench.cells._matrix_memory import MatrixMemory, matrix, read, write
from seqbench.knobs import Fraction


@dataclass(frozen=True, kw_only=True)
class Retnet(MatrixMemory):
    family: ClassVar[Family] = "linear_attention"
    state: ClassVar[tuple[str, ...]] = ("h", "re", "im")
    memory: ClassVar[tuple[str, ...]] = ("re", "im")
    gates: ClassVar[tuple[str, ...]] = ("q_re", "q_im", "k_re", "k_im", "v")
    linear: ClassVar[bool] = True

    decay: Fraction = 0.96875  # 1 - 2^-5

    def params(self) -> dict[str, Param]:
        own = super().params()
        return {"W": own["W"], "b": own["b"]}

    def start(self, x: Tensor, params: Tensors) -> State:
        h, S = super().start(x, params)
        return h, S, S

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        q, p, k, j, v = (x @ params["W"].mT + params["b"]).chunk(5, -1)
        re, im = (matrix(part, H := v.shape[-1]) for part in state[1:])
        w = 10_000 ** -torch.linspace(0, 1, H, dtype=x.dtype, device=x.device)
        c, s = self.decay * w.cos(), self.decay * w.sin()
        re, im = c * re - s * im + write(v, k), c * im + s * re - write(v, j)
        return (read(re, q) - read(im, p)) / (2 * H) ** 0.5, re.flatten(-2), im.flatten(-2)
