"""Real-gated linear recurrent unit (RG-LRU)

    u = x_t W^T + b
    r, i = s(u V^T + c)                      two blocks of H: recurrence gate, input gate
    a = s(L)^{8 r}                           between 0 and 1
    h_t = a * h_{t-1} + sqrt(1 - a^2) * i * u

Gradient: k steps back multiply it by the a of each and nothing else: it vanishes, but cannot
explode. A unit that remembers for long writes little, so its size does not grow with its memory.
Not the LRU, whose factors are complex and the same for all inputs; not the minimal GRU, which
writes 1 - a: then a sum of n independent inputs shrinks as the memory grows.
Our deviation: only the unit, without the convolution, second branch and depth of Griffin; V is one
full matrix (theirs: a block per head). At the first step a is what it is, as in the paper.
Source: de2024
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor

from seqbench.axes import TINY, State, Tensors
from seqbench.cell import Cell, Family, Param
from seqbench.cells._log_sigmoid import log_sigmoid

_C = 8.0


@dataclass(frozen=True, kw_only=True)
class RgLru(Cell):
    family: ClassVar[Family] = "state_space"
    gates: ClassVar[tuple[str, ...]] = ("h", "r", "i")
    forget: ClassVar[dict[str, int]] = {"r": -1}
    admit: ClassVar[dict[str, int]] = {"i": 1}
    linear: ClassVar[bool] = True

    def params(self) -> dict[str, Param]:
        own = {"W": Param("H", "I", "input"), "b": Param("1", "H", "bias")}
        own["V"] = Param("H", "H", "input", ("r", "i"))  # not on the loop: u is made of x alone
        own["c"] = Param("1", "H", "bias", ("r", "i"))
        return own | {"L": Param("1", "H", "recurrent")}

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        least = 0.9 + 0.099 * torch.rand(1, sizes["H"], generator=stream)  # a where r = 1
        log_s = least.log() / _C
        return super().initialize(sizes, stream) | {"L": log_s - (-log_s.expm1()).log()}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        u = x @ params["W"].mT + params["b"]
        r, i = torch.sigmoid(u @ params["V"].mT + params["c"]).chunk(2, -1)
        log_a = _C * log_sigmoid(params["L"]) * r
        new = (-torch.expm1(2 * log_a)).clamp(min=TINY).sqrt()  # a root of 0 has no slope
        return (log_a.exp() * state[0] + new * i * u,)
