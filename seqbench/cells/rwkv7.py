"""RWKV-7 ("Goose"), a generalized delta rule

    r, k, v, a, d = x_t W^T + b              five blocks of H
    a' = s(a),  w = exp(-0.606531 s(d))      learning rate and decay of every key
    e = xi * k, to length 1                  the key that is removed
    S_t = S_{t-1} (diag(w) - e (a' * e)^T) + v (k * (1 + (a' - 1) * alpha))^T      H x H numbers
    h_t = S_t r

Gradient: a step back multiplies it by diag(w) - e (a' * e)^T, which depends on the input alone;
it vanishes where keys decay or are removed.
Not the delta rule, where what is removed and what is written lie under one key and all keys decay
alike: here each key has its own decay and learning rate. Not RWKV-4 to 6, which only add.
Our deviation: one head and only the recurrence, without token shift, the bonus for the present
token, norm, output gate and channel mixing; a and d have maps of full rank; all five have a bias.
xi and alpha begin at 1. -0.606531 is their -exp(-1/2).
Source: peng2025
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Family, Param, hold_on
from seqbench.cells._delta_rule import sigmoid, unit
from seqbench.cells._matrix_memory import MatrixMemory, matrix, read, write


@dataclass(frozen=True, kw_only=True)
class Rwkv7(MatrixMemory):
    family: ClassVar[Family] = "linear_attention"
    state: ClassVar[tuple[str, ...]] = ("h", "S")
    memory: ClassVar[tuple[str, ...]] = ("S",)
    gates: ClassVar[tuple[str, ...]] = ("r", "k", "v", "a", "d")
    forget: ClassVar[dict[str, int]] = {"d": -1}

    def params(self) -> dict[str, Param]:
        own = super().params()
        scales = {k: Param("1", "H", "scale", ("k",), start=1.0) for k in ("xi", "alpha")}
        return {"W": own["W"], "b": own["b"]} | scales

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        weights = super().initialize(sizes, stream)
        d = 5 * torch.linspace(0, 1, sizes["H"]) ** 0.85 - 6.5  # as in the first of their layers
        return weights | hold_on(self, {**weights, "b": torch.cat([0 * d] * 4 + [d])[None]})

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        r, k, v, a, d = (x @ params["W"].mT + params["b"]).chunk(5, -1)
        a, w = sigmoid(a), torch.exp(-0.606531 * sigmoid(d))
        e = unit(params["xi"] * k)
        S = matrix(state[1], k.shape[-1])
        S = w.unsqueeze(-2) * S - write(read(S, e), a * e)
        S = S + write(v, k * (1 + (a - 1) * params["alpha"]))
        return read(S, r), S.flatten(-2)
