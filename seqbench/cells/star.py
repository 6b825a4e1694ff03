"""Stackable recurrent unit (STAR)

    n_t = tanh(x_t W_n^T + b_n)
    k_t = s(x_t W_k^T + h_{t-1} U_k^T + b_k)
    h_t = tanh((1 - k_t) * h_{t-1} + k_t * n_t)

Gradient: the straight path back multiplies it by (1 - k) tanh', below 1 wherever h is not 0: the
outer tanh lets even a closed gate fade.
Not `lightru`, which lacks the outer tanh. Paper and authors' code differ: this is the paper's
equation; the code has s(a + 1) for the k_t before n_t, a being the sum inside k_t, and starts b_k
by the chrono rule.
Source: turkoglu2021
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class Star(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("n", "k")
    forget: ClassVar[dict[str, int]] = {"k": -1}

    def params(self) -> dict[str, Param]:
        return super().params() | {"U": Param("H", "H", "recurrent", ("k",))}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        x_n, x_k = (x @ params["W"].mT + params["b"]).chunk(2, -1)
        k = torch.sigmoid(x_k + h @ params["U"].mT)
        return (torch.tanh((1 - k) * h + k * torch.tanh(x_n)),)
