"""Timing codes (positional encoding): what time it is, added to the input

    x_t <- x_t + strength P c(t) / sqrt(K)
    c(t) = (sin(2 pi t / p_k), cos(2 pi t / p_k)),     p_k = 4, 8, 16, ..., 2^(K + 1) steps

P is I x 2K, drawn once from N(0, 1): the same for all trials, never trained, and the code is in the
test, too. t is counted from the first step of what is read at once, padding included.
Gradient: a clock is there at every step, so that none has to be learned through time.
Our deviation: added by a projection; columns of its own would give the weights another shape.
Not a clockwork cell, whose units tick, and not a learned embedding of the step.
Source: morita2024, vaswani2017
"""

from dataclasses import dataclass
from functools import cache
from math import cos, pi, sin
from random import Random

import numpy as np
import torch
from torch import Tensor

from seqbench.cell import Cell
from seqbench.knobs import NonNegative, Size
from seqbench.remedy import At, Remedy
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class TimingCodes(Remedy):
    """Knobs:
    periods:   K.
    strength:  root mean square of what is added to a number of the input.
    """

    periods: Size = 5
    strength: NonNegative = 0.3

    def suits(self, cell: Cell, task: Task) -> str | None:
        front = task.reading.front
        if (front.width if front else task.inputs) > 1:
            return None
        return "The input is one number: a code that is added could not be told from it."

    def feed(self, x: Tensor, first: int, at: At) -> Tensor:
        if not self.strength:
            return x
        codes = _codes(first, x.shape[-3], x.shape[-1], self.periods, x.device)
        return x + self.strength * codes.to(x)


@cache
def _codes(first: int, steps: int, width: int, periods: int, device: torch.device) -> Tensor:
    """P c(t) / sqrt(K): (T, 1, I); not by torch, whose last digits depend on how it is run."""
    speeds, times = [pi / 2 ** (k + 1) for k in range(periods)], range(first, first + steps)
    waves = np.array([[wave(w * t) for w in speeds for wave in (sin, cos)] for t in times])
    draw = Random(0)  # any seed would do
    P = np.array([[draw.gauss(0, 1) for _ in range(2 * periods)] for _ in range(width)])
    codes = (waves[:, None] * P).sum(-1) / periods**0.5
    return torch.tensor(codes[:, None].tolist(), dtype=torch.float32, device=device)
