"""Independently recurrent network (IndRNN)

    h_t = f(x_t W^T + u * h_{t-1} + b)       u: a vector, one number for each unit

Gradient: no unit's gradient reaches another unit through time; over k steps back a unit multiplies
its own by u^k times the derivatives of f, which with relu are 1 as long as it is active.
Not a diagonal linear recurrence: f stands inside the loop. Not bounded: |u| <= gamma^(1/T), which
the paper imposes while training, is the remedy `recurrent_bound`.
Our deviation: one layer without batch normalization; u begins in U(0, gain), as in the authors'
code, where the paper's deep networks begin in U(0, gamma^(1/T)): a cell does not know T.
Source: li2018
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param

_F = {"relu": torch.relu, "tanh": torch.tanh}


@dataclass(frozen=True, kw_only=True)
class Indrnn(Cell):
    """Knobs:
    activation:  f.
    """

    family: ClassVar[Family] = "simple"

    activation: Literal["relu", "tanh"] = "relu"

    def params(self) -> dict[str, Param]:
        own = super().params()
        return {"W": own["W"], "u": Param("1", "H", "recurrent"), "b": own["b"]}

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        weights = super().initialize(sizes, stream)
        return weights | {"u": self.gain * torch.rand(weights["u"].shape, generator=stream)}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        return (_F[self.activation](x @ params["W"].mT + params["u"] * h + params["b"]),)
