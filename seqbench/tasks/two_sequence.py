"""The two-sequence problem: the first few numbers tell the class, all others are noise.

    step    0    1    2     3     4    5   ...   T-1
    3a      1    1    1   -.31   .52  .08  ...  -.77     first class; -1 -1 -1 in the second
    3b     .62  1.3  .97  -.31   .52  .08  ...  -.77     noise on all numbers
    asked                                          x     which of the two

Noise is normal with variance .2. Without a memory half of the answers are right. Solved when 99 %
are (3a), or when less than 6 of 256 are wrong (3b). The lag is that of the last number that tells.
Our deviation: two classes and cross-entropy stand for one logistic output with the targets 1 and
0; silence before the beginning gives sequences of T to T + T/10 steps one shape.
Not a hard problem: for 3a the paper finds weights by guessing at random; not 3c, whose targets, .2
and .8, are noisy themselves.
Source: bengio1994, hochreiter1997
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator

from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, Classification, IoShape

VARIANCE = 0.2


@dataclass(frozen=True, kw_only=True)
class TwoSequence(Classification):
    io_shape: ClassVar[IoShape] = "many_to_one"

    length: Size = 50
    telling: Size = 3
    variant: Literal["3a", "3b"] = "3a"

    inputs, outputs, chance = 1, 2, 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.telling >= self.length:
            raise InputError(
                f"TwoSequence: telling is {self.telling}. Allowed: less than length "
                f"({self.length}). Change one of the two."
            )

    @property
    def longest(self) -> int:
        """The most steps that a sequence may have."""
        return self.length + self.length // 10

    @property
    def lag(self) -> int:
        return self.longest - self.telling

    @property
    def pass_mark(self) -> float:
        return 251 / 256 if self.variant == "3b" else 0.99

    def sample(self, n: int, stream: Generator) -> Batch:
        y = torch.randint(2, (1, n), generator=stream)
        begin = torch.randint(self.longest - self.length + 1, (n,), generator=stream)
        noise = VARIANCE**0.5 * torch.randn(self.longest, n, generator=stream)
        age = torch.arange(self.longest)[:, None] - begin  # (T, n) steps since the beginning
        tells = (age >= 0) & (age < self.telling)
        clean = tells & (self.variant == "3a")
        x = tells * (1 - 2 * y) + noise * ((age >= 0) & ~clean)
        return Batch(x=x[..., None], y=y)
