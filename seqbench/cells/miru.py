"""Minion recurrent unit (MiRU): the GRU with numbers in place of its gates

    n_t = tanh(x_t W^T + (beta h_{t-1}) U^T + b)
    h_t = lambda h_{t-1} + (1 - lambda) n_t

Gradient: a step back multiplies it by lambda I + (1 - lambda) beta diag(tanh') U: the straight path
keeps a share lambda per step, and beta shrinks the loop.
Not MiRU-1, which keeps the GRU's reset gate: this is MiRU-2, without any gate. Not another set of
functions than `leaky_rnn`, where beta would be part of U: here it also scales how U learns.
Our deviation: both coefficients begin at 1/2; the authors choose them for a task.
Source: zyarah2025
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, affine
from seqbench.errors import InputError
from seqbench.knobs import Fraction, Positive


@dataclass(frozen=True, kw_only=True)
class Miru(Cell):
    """Knobs:
    reset:   beta, how much of the old state the candidate hears; fixed, not trained.
    update:  lambda, how much of the old state stays; fixed, not trained.
    """

    family: ClassVar[Family] = "gru"

    reset: Positive = 0.5
    update: Fraction = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.update == 1:
            raise InputError(
                "Miru: update is 1, so the state would never change. "
                "Allowed: at least 0 and less than 1. Change the value."
            )

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        n = torch.tanh(affine(params, x, self.reset * h))
        return (self.update * h + (1 - self.update) * n,)
