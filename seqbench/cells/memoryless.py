"""Memoryless network (feed-forward control)

    h_t = tanh(x_t W^T + b)

Gradient: none goes from one step to the one before, because nothing does.
Not a remedy or a rival: it is the simple recurrent network without its loop, and marks what can be
had from the present input alone.
Source: rumelhart1986
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class Memoryless(Cell):
    family: ClassVar[Family] = "simple"
    remembers: ClassVar[bool] = False
    linear: ClassVar[bool] = True

    def params(self) -> dict[str, Param]:
        return {name: param for name, param in super().params().items() if name != "U"}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        return (torch.tanh(x @ params["W"].mT + params["b"]),)
