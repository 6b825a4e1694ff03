"""Continual embedded Reber grammar: one string after the other, and nothing says where it starts.

    step    0   1   2   3   4   5   6   7   8   9  10  11      one-hot of B T P S X V E
    input   B   P   B   T   X   S   E   P   E   B   T   B ..   two strings of the grammar
    target  P   B   T   X   S   E   P   E   B   T   B   P ..   the next symbol
    scored                          x                          the second P (or the second T)

Strings are those of the embedded Reber grammar, of at most `longest` symbols before the last one.
All steps are trained; scored is the one symbol of a string that needs a memory longer than a few
steps. What was kept for one string has to be given up for the next, by the network itself: no
state is ever reset. Guessing T or P is right in 50 %. Solved when 99 % are right.
Our deviation: streams of `length` steps, each from an empty state (the paper: endless ones, up to
a million symbols or the first error); tests of longer streams are `further`.
Not the embedded Reber grammar, which starts every string from an empty state.
Source: gers2000
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
class ContinualEmbeddedReber(Classification):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"
    on_host: ClassVar[bool] = True

    length: Size = 100
    longest: Size = 20

    inputs, outputs, chance, pass_mark = 7, 7, 0.5, 0.99

    def __post_init__(self) -> None:
        super().__post_init__()
        if not SHORTEST <= self.longest <= self.length:
            raise InputError(
                f"ContinualEmbeddedReber: longest is {self.longest} and length is {self.length}. "
                f"Allowed: longest at least {SHORTEST}, length no less. Change one of them."
            )

    @property
    def lag(self) -> int:
        return self.longest - 3  # of the longest string

    def sample(self, n: int, stream: Generator) -> Batch:
        each = 1 + self.length // (SHORTEST + 1)  # strings that are enough for a stream
        symbols = strings(each * n, self.longest, stream)
        decides = (torch.arange(len(symbols)) == self.longest - 2)[:, None].expand_as(symbols)
        # the parts of a stream below each other, what is silence last, and the rest in its order
        symbols, decides = (
            part.unflatten(1, (each, n)).transpose(0, 1).flatten(0, 1)
            for part in (symbols, decides)
        )
        order = (symbols == SILENCE).int().argsort(dim=0, stable=True)[: self.length + 1]
        tokens = symbols.gather(0, order)
        x = functional.one_hot(tokens[:-1], SILENCE).float()
        return Batch(x=x, y=tokens[1:], scored=decides.gather(0, order)[:-1].float())
