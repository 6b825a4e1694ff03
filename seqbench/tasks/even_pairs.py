"""Even pairs: is the number of places where neighbors differ odd?

    step    0   1   2   3   4   5   6   7            a as -1, b as 1
    input   a   b   b   a   a   a   b   b            ab, ba, ab: three such pairs
    asked                               x            1, odd: the last letter is not the first

Equal to: is the last letter another one than the first? So a network that finds this needs to keep
one bit, and no count. Both inputs are needed, so guessing from one of them is right in 50 %, as
blindly. Solved when 99 % are right.
Our deviation: one length for training (the paper: all up to 40).
Not parity: there every letter matters, here all but two cancel out.
Source: deletang2023
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator

from seqbench.knobs import Several
from seqbench.task import Batch, Classification, IoShape


@dataclass(frozen=True, kw_only=True)
class EvenPairs(Classification):
    io_shape: ClassVar[IoShape] = "many_to_one"

    length: Several = 40

    inputs, outputs, chance, pass_mark = 1, 2, 0.5, 0.99

    @property
    def lag(self) -> int:
        return self.length - 1

    def sample(self, n: int, stream: Generator) -> Batch:
        u = torch.randint(2, (self.length, n), generator=stream)
        return Batch(x=(2.0 * u - 1)[..., None], y=(u[:1] - u[-1:]).abs())
