"""minLSTM: gates that see the input only

    f, i, h' = x_t W^T + b                   three blocks of H
    f' = s(f) / (s(f) + s(i))                so that f' + i' = 1
    h_t = f' * h_{t-1} + (1 - f') * k(h')

    linear      k(z) = z
    positive    k(z) = z + 1/2 for z >= 0, else s(z)     this form can be scanned in logarithms

Gradient: a step back multiplies it by f' and nothing else, which lies between 0 and 1: it cannot
explode, and what vanishes was forgotten on purpose.
Not a loop through the gates: there is no U, the recurrence is linear in h. Not the paper's blocks
of layers, convolutions and norms around the cell.
Source: feng2024
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn.functional import softplus

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param

_K: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda z: z,
    "positive": lambda z: torch.where(z >= 0, z + 0.5, torch.sigmoid(z)),
}


@dataclass(frozen=True, kw_only=True)
class MinLstm(Cell):
    """Knobs:
    candidate:  k.
    """

    family: ClassVar[Family] = "lstm"
    gates: ClassVar[tuple[str, ...]] = ("f", "i", "h")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    admit: ClassVar[dict[str, int]] = {"i": 1}
    linear: ClassVar[bool] = True

    candidate: Literal["linear", "positive"] = "linear"

    def params(self) -> dict[str, Param]:
        own = super().params()
        return {"W": own["W"], "b": own["b"]}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        f, i, new = (x @ params["W"].mT + params["b"]).chunk(3, -1)
        odds = softplus(-i) - softplus(-f)  # log of s(f) / s(i): no 0 / 0 where both are shut
        return (torch.sigmoid(odds) * h + torch.sigmoid(-odds) * _K[self.candidate](new),)
