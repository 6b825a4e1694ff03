"""A cell whose gradient is known: h_t = x_t W^T + h_{t-1} U^T with U = r Q, Q orthogonal."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, map_blocks
from seqbench.remedy import At, Remedy


@dataclass(frozen=True, kw_only=True)
class Linear(Cell):
    family: ClassVar[Family] = "simple"

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        return (x @ params["W"].mT + state[0] @ params["U"].mT,)


@dataclass(frozen=True, kw_only=True)
class Turned(Remedy):
    """U = r Q: every direction's gradient is multiplied by r at every step."""

    r: float = 1.0

    def reparametrize(self, params: Tensors, at: At) -> Tensors:
        def turned(U: Tensor, _: str) -> Tensor:
            return self.r * torch.linalg.qr(U).Q

        return map_blocks(at.cell, params, "recurrent", turned)


@dataclass(frozen=True, kw_only=True)
class Broken(Linear):
    """A cell whose author made a mistake."""

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        raise RuntimeError("no such weight")
