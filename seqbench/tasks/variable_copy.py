"""The variable copy problem: repeat ten symbols when asked, and nobody knows when.

    step    0 ...  9   10 ... 9+d   10+d   11+d ... 20+d   ... T+20
    input  s1 .. s10   -  ...  -     go     -   ...  -      -    -     one-hot: 8 symbols, -, go
    target -  ...  -   -  ...  -     -      s1  ... s10     -    -     d uniform over 1..T

Training counts all T + 21 steps, the accuracy the ten answers only. Every sequence has its own
delay d, so a clock that always waits T steps, which solves the copy problem, is of no use here.
Solved when 99 % of the recalled symbols are right.
Our deviation: sequences with a small d end in silence, which gives all of them one length.
Not the copy problem (d is always T); not selective copy (blanks between the symbols).
Source: henaff2016, tallec2018
"""

from dataclasses import dataclass

import torch
from torch import Generator
from torch.nn import functional

from seqbench.task import Batch
from seqbench.tasks._recall import Recall


@dataclass(frozen=True, kw_only=True)
class VariableCopy(Recall):
    @property
    def lag(self) -> int:
        return self.length + self.memorize + 1

    def sample(self, n: int, stream: Generator) -> Batch:
        data = torch.randint(1, self.alphabet + 1, (self.memorize, n), generator=stream)
        go = self.memorize + torch.randint(1, self.length + 1, (n,), generator=stream)
        blanks = torch.zeros(self.lag, n, dtype=torch.int64)
        tokens = torch.cat([data, blanks]).scatter(0, go[None], self.alphabet + 1)
        places = go + 1 + torch.arange(self.memorize)[:, None]  # (memorize, n)
        y = torch.zeros_like(tokens).scatter(0, places, data)
        x = functional.one_hot(tokens, self.inputs).float()  # (T + 21, n, 10)
        return Batch(x=x, y=y, scored=(y > 0).float())
