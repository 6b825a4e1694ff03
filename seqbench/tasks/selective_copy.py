"""Selective copying: repeat in order the symbols that were strewn among blanks.

    step    0   1   2   3   4  ...  39   40  41  ...  49
    input   -  s1   -   -  s2  ... s10   go  go  ...  go       one-hot: 8 symbols, -, go
    asked                                s1  s2  ... s10       s uniform over 8 symbols

The ten places are drawn anew for every sequence, so that a clock does not tell what to keep: the
input has to. Only the answers count, in training as well; chance is one symbol in 8. Solved when
99 % of the answers are right (the paper's Mamba had 99.8 %, at 4096 steps).
Our deviation: the lengths of `copy` (the paper has 16 symbols of 14 kinds in 4096 steps).
Not copying (symbols at the beginning, where counting steps is enough); not a noisy copy: what lies
between is one blank symbol, as in the published code, though the paper calls it noise.
Source: gu2023
"""

from dataclasses import dataclass

import torch
from torch import Generator
from torch.nn import functional

from seqbench.task import Batch
from seqbench.tasks._recall import Recall


@dataclass(frozen=True, kw_only=True)
class SelectiveCopy(Recall):
    @property
    def outputs(self) -> int:
        return self.alphabet

    def sample(self, n: int, stream: Generator) -> Batch:
        blank, go = self.alphabet, self.alphabet + 1
        data = torch.randint(self.alphabet, (self.memorize, n), generator=stream)
        order = torch.rand(self.lag, n, generator=stream).argsort(0)
        places = order[: self.memorize].sort(0).values
        strewn = torch.full((self.lag, n), blank).scatter(0, places, data)
        tokens = functional.pad(strewn, (0, 0, 0, self.memorize), value=go)
        before = (0, 0, self.lag, 0)
        asked = functional.pad(torch.ones(self.memorize, n), before)
        x = functional.one_hot(tokens, self.inputs).float()  # (T + 20, n, 10)
        return Batch(x=x, y=functional.pad(data, before), mask=asked)
