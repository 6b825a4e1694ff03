"""Addition-subtraction twin-gated recurrent network (ATR)

    p_t = x_t W^T
    q_t = h_{t-1} U^T + b
    h_t = s(p_t + q_t) * p_t + s(p_t - q_t) * h_{t-1}

Gradient: the straight path back multiplies it by s(p - q), which the cell can hold near 1 by a
negative q; s(p + q) then shuts the new out by itself.
Not coupled gates: the two need not add up to 1, so h is not bounded by what came in. One pair of
matrices serves both gates and the content.
Our deviation: b, which the paper's equations lack and the authors' code has.
Source: zhang2018atr
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class Atr(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("p", "q")
    forget: ClassVar[dict[str, int]] = {"q": -1}

    def params(self) -> dict[str, Param]:
        return {
            "W": Param("H", "I", "input", ("p",)),
            "U": Param("H", "H", "recurrent", ("q",)),
            "b": Param("1", "H", "bias", ("q",)),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        p = x @ params["W"].mT
        q = h @ params["U"].mT + params["b"]
        return (torch.sigmoid(p + q) * p + torch.sigmoid(p - q) * h,)
