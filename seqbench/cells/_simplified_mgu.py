"""The minimal gated unit with less in its gate, for the three that Heck and Salem (2017) compare.

n_t = tanh(x_t W^T + (f_t * h_{t-1}) U_n^T + b_n)
h_t = (1 - f_t) * h_{t-1} + f_t * n_t
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class SimplifiedMgu(Cell):
    """The gate sees no input, so W has the block of the candidate only."""

    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("f", "n")

    def params(self) -> dict[str, Param]:
        return super().params() | {"W": Param("H", "I", "input", ("n",))}

    @abstractmethod
    def gate(self, params: Tensors, h: Tensor) -> Tensor:
        """What stands inside the logistic function of f. (..., B, H) or a row"""

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        f, units = torch.sigmoid(self.gate(params, h)), h.shape[-1]
        U_n, b_n = params["U"][..., -units:, :], params["b"][..., -units:]
        n = torch.tanh(x @ params["W"].mT + (f * h) @ U_n.mT + b_n)
        return ((1 - f) * h + f * n,)
