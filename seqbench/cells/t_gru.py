"""Strongly typed GRU (T-GRU)

    z, f, o = x_t W^T + x_{t-1} V^T + b      three blocks of H; x is 0 before the first step
    h_t = s(f) * h_{t-1} + z * tanh(o)       no weight ever meets h

Gradient: a step back multiplies it by exactly s(f), so it never explodes, and vanishes only as far
as the gates forget; no unit's gradient reaches another unit through time.
Not a gate that shares out old and new: s(f) and z are set apart, so h can grow. Not the GRU, whose
gates see the state; here they see the last input in its place.
Source: balduzzi2016
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class TGru(Cell):
    family: ClassVar[Family] = "gru"
    state: ClassVar[tuple[str, ...]] = ("h", "x")
    memory: ClassVar[tuple[str, ...]] = ("h",)
    gates: ClassVar[tuple[str, ...]] = ("z", "f", "o")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    linear: ClassVar[bool] = True

    def params(self) -> dict[str, Param]:
        own = super().params()
        return {"W": own["W"], "V": Param("H", "I", "input", self.gates), "b": own["b"]}

    def start(self, x: Tensor, params: Tensors) -> State:
        return super().start(x, params)[0], x.new_zeros(x.shape)

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, last = state
        z, f, o = (x @ params["W"].mT + last @ params["V"].mT + params["b"]).chunk(3, -1)
        return torch.sigmoid(f) * h + z * torch.tanh(o), x
