"""Chaos-free network (CFN)

    q_t = s(x_t W_q^T + h_{t-1} U_q^T + b_q)                theta in the paper: how much to keep
    e_t = s(x_t W_e^T + h_{t-1} U_e^T + b_e)                eta in the paper: how much to let in
    h_t = q_t * tanh(h_{t-1}) + e_t * tanh(x_t W_n^T)

Gradient: the straight path back multiplies it by q tanh'(h) < 1; without input every unit decays
to 0 whatever the weights, so there is no chaos and no state that lasts by itself.
Not coupled gates: q and e are independent, so |h| is bounded by 2, not 1. The tanh around the old h
is part of the definition; what is let in has neither U nor a bias.
As in the paper, b_q starts at 1, b_e at -1, and W and U uniform within .07 however wide they are.
Source: laurent2017
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param, map_blocks


@dataclass(frozen=True, kw_only=True)
class Cfn(Cell):
    """Knobs:
    gain:  how many times as wide as .07 U starts, for any H.
    """

    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("q", "e", "n")
    forget: ClassVar[dict[str, int]] = {"q": 1}
    admit: ClassVar[dict[str, int]] = {"e": 1}

    def params(self) -> dict[str, Param]:
        return super().params() | {
            "U": Param("H", "H", "recurrent", ("q", "e")),
            "b": Param("1", "H", "bias", ("q", "e")),
        }

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        weights = super().initialize(sizes, stream)
        for name, times in (("W", 1), ("U", self.gain)):
            shape = weights[name].shape
            weights[name] = 0.07 * times * (2 * torch.rand(shape, generator=stream) - 1)
        started = {"q": 1, "e": -1}
        return map_blocks(self, weights, "bias", lambda b, gate: b + started[gate])

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        x_q, x_e, x_n = (x @ params["W"].mT).chunk(3, -1)
        h_q, h_e = (h @ params["U"].mT + params["b"]).chunk(2, -1)
        q, e = torch.sigmoid(x_q + h_q), torch.sigmoid(x_e + h_e)
        return (q * torch.tanh(h) + e * torch.tanh(x_n),)
