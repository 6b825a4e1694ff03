"""Embedded Reber grammar: predict the next symbol; the second one decides the last but one.

    step        0   1   2   3   4   5   6   7   8   9     one-hot of B T P S X V E
    input   ..  B   T   B   P   T   V   P   S   E   T
    target  ..  T   B   P   T   V   P   S   E   T   E     the next symbol
    scored                                      x         the second T (or the second P)

    string  B T reber T E  or  B P reber P E                every choice has probability 1/2
    reber   B (T S* X a | P b) E      a = X b | S      b = T* V (P a | V)

All steps are trained; scored is the one symbol that needs a memory longer than a few steps.
Guessing T or P is right in 50 %. Solved when 99 % are right.
Our deviation: strings of more than `length` steps (2 % at 20) are drawn again, and silence before
the beginning, which is not trained, gives all strings one shape.
Not a problem of long lags (most strings have at most 11 symbols); not the continual version.
Source: cleeremans1989, fahlman1991, hochreiter1997
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator
from torch.nn import functional

from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, Classification, IoShape
from seqbench.tasks._reber import SHORTEST, SILENCE, strings


@dataclass(frozen=True, kw_only=True)
class EmbeddedReber(Classification):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"
    on_host: ClassVar[bool] = True

    length: Size = 20

    inputs, outputs, chance, pass_mark = 7, 7, 0.5, 0.99

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.length < SHORTEST:
            raise InputError(
                f"EmbeddedReber: length is {self.length}. Allowed: at least {SHORTEST}. "
                "Change the value."
            )

    @property
    def lag(self) -> int:
        return self.length - 3  # of the longest string

    def sample(self, n: int, stream: Generator) -> Batch:
        tokens = strings(n, self.length, stream)
        heard = tokens[:-1] != SILENCE
        x = functional.one_hot(tokens[:-1], SILENCE + 1)[..., :SILENCE].float()
        scored = functional.one_hot(torch.tensor(self.length - 2), self.length)[:, None]
        return Batch(
            x=x, y=tokens[1:] * heard, mask=heard.float(), scored=scored.float().expand(-1, n)
        )
