"""Leaky-integrator network (leaky RNN)

    h_t = (1 - a) h_{t-1} + a tanh(x_t W^T + h_{t-1} U^T + b)

Gradient: a step back multiplies it by (1 - a) I + a diag(tanh') U, so the straight path loses only
a share a per step; a unit remembers for about 1 / a steps.
Not the leaky unit of continuous time, whose leak and gain are set apart (Jaeger 2001). Not the
remedy `leaky`, which slows the state of any cell; on `rnn` with the same rate it makes this cell.
Our deviation: all units share one rate, where Mozer gave each unit its own.
Source: mozer1992, jaeger2007, lukosevicius2009
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, affine
from seqbench.errors import InputError
from seqbench.knobs import Fraction


@dataclass(frozen=True, kw_only=True)
class LeakyRnn(Cell):
    """Knobs:
    rate:  a, how much of the state is new at every step; fixed, not trained. Texts differ on
           whether "leak" means a or 1 - a.
    """

    family: ClassVar[Family] = "simple"

    rate: Fraction = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rate == 0:
            raise InputError(
                "LeakyRnn: rate is 0, so the state would never change. "
                "Allowed: more than 0 and at most 1. Change the value."
            )

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        return ((1 - self.rate) * h + self.rate * torch.tanh(affine(params, x, h)),)
