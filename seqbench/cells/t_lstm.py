"""Strongly typed LSTM (T-LSTM)

    z, f, o = x_t W^T + x_{t-1} V^T + b      three blocks of H; x is 0 before the first step
    c_t = s(f) * c_{t-1} + (1 - s(f)) * z    no weight ever meets c or h
    h_t = c_t * tanh(o)                      only read out: the next step does not see it

Gradient: along c, the only way back, a step multiplies it by exactly s(f), so it never explodes,
and vanishes only as far as the gates forget.
Not an LSTM with input and output gates: old and new are shared out by f alone, and tanh(o) can turn
the sign. Not the LSTM of Tai et al. for trees, nor the time-aware LSTM, also called T-LSTM.
Source: balduzzi2016
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class TLstm(Cell):
    family: ClassVar[Family] = "gru"
    state: ClassVar[tuple[str, ...]] = ("h", "c", "x")
    memory: ClassVar[tuple[str, ...]] = ("c",)
    gates: ClassVar[tuple[str, ...]] = ("z", "f", "o")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    linear: ClassVar[bool] = True

    def params(self) -> dict[str, Param]:
        own = super().params()
        return {"W": own["W"], "V": Param("H", "I", "input", self.gates), "b": own["b"]}

    def start(self, x: Tensor, params: Tensors) -> State:
        h, c, _ = super().start(x, params)
        return h, c, x.new_zeros(x.shape)

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        _, c, last = state
        z, f, o = (x @ params["W"].mT + last @ params["V"].mT + params["b"]).chunk(3, -1)
        f = torch.sigmoid(f)
        c = f * c + (1 - f) * z
        return c * torch.tanh(o), c, x
