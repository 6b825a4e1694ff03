"""Piecewise linear recurrent network (PLRNN)

    h_t = u * h_{t-1} + relu(h_{t-1}) U^T + x_t W^T + b      the diagonal of U counts as 0

Gradient: a step back multiplies it by diag(u) + U diag(h > 0), so it is linear between two changes
of sign: a unit with u near 1 that hears nobody hands it on undamped; else it can explode, as can h.
Not the relu network (`rnn@relu`): relu stands before the matrix, and h can be negative. Not the
statistical model of the papers, whose states are noisy and inferred: trained by its gradient.
Our deviation: u begins at 1/2, and `gain` is 1/2, so that it begins stable.
Source: durstewitz2017, schmidt2021
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param, affine
from seqbench.knobs import Positive


@dataclass(frozen=True, kw_only=True)
class Plrnn(Cell):
    family: ClassVar[Family] = "simple"
    composed: ClassVar[bool] = True

    gain: Positive = 0.5

    def params(self) -> dict[str, Param]:
        return super().params() | {"u": Param("1", "H", "recurrent", start=0.5)}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        U = params["U"] * (1 - torch.eye(h.shape[-1], dtype=x.dtype, device=x.device))
        return (params["u"] * h + affine(params | {"U": U}, x, torch.relu(h)),)
