"""Cycle navigation: where on a ring of five places does a walk end?

    step    0   1   2   3   4   5   6             one-hot of: stay, forward, back
    input   >   >   .   <   >   >   >
    asked                           x             1 + 1 + 0 - 1 + 1 + 1 + 1 = 4 of 0..4

Moves are uniform, so after some steps every place is about as likely. Every move matters, and a
counter modulo five is enough. Guessing is right about once in 5 (a little more often after a short
walk). Solved when 99 % are right.
Our deviation: one length for training (the paper: all up to 40).
Not group words, whose letters are all elements, and which are asked at every step.
Source: deletang2023
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np
import torch
from torch import Generator
from torch.nn import functional

from seqbench.knobs import Several
from seqbench.task import Batch, Classification, IoShape


@dataclass(frozen=True, kw_only=True)
class CycleNavigation(Classification):
    io_shape: ClassVar[IoShape] = "many_to_one"

    length: Several = 20
    places: Several = 5

    inputs, pass_mark = 3, 0.99

    @property
    def outputs(self) -> int:
        return self.places

    @property
    def lag(self) -> int:
        return self.length - 1

    @property
    def chance(self) -> float:
        return _likeliest(self.length, self.places)

    def sample(self, n: int, stream: Generator) -> Batch:
        moves = torch.randint(3, (self.length, n), generator=stream)
        x = functional.one_hot(moves, self.inputs).float()
        steps = torch.where(moves == 2, -1, moves)
        return Batch(x=x, y=steps.sum(0, keepdim=True) % self.places)


@cache
def _likeliest(length: int, places: int) -> float:
    """How likely the likeliest place is at the end of a walk."""
    likely = (np.arange(places) == 0) / 1.0
    for _ in range(length):
        likely = (likely + np.roll(likely, 1) + np.roll(likely, -1)) / 3
    return float(likely.max())
