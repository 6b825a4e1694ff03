"""Parity: is the number of ones so far odd?

    step    0   1   2   3   4   5   6   7            inputs are -1 and 1
    input   1   0   0   1   1   1   0   1
    target  -   1   1   0   1   0   0   1

Asked at every step but the first, where input and answer are the same: one bit of memory is
enough, but every input so far may turn it over, so no part of the sequence can be left out.
What only adds up inputs cannot say it.
Guessing is right in 50 %. Solved when 99 % of all steps are right.
Our deviation: asked at every step, not only at the end, so that it can be learned from the front.
Not delayed parity, whose window is short and lies back; not the exclusive-or of two marked bits.
Source: deletang2023, beck2024
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator

from seqbench.knobs import Several
from seqbench.task import Batch, Classification, IoShape


@dataclass(frozen=True, kw_only=True)
class Parity(Classification):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"

    length: Several = 40

    inputs, outputs, chance, pass_mark = 1, 2, 0.5, 0.99

    @property
    def lag(self) -> int:
        return self.length - 1

    def sample(self, n: int, stream: Generator) -> Batch:
        u = torch.randint(2, (self.length, n), generator=stream)
        asked = (torch.arange(self.length) > 0).float()[:, None].expand(-1, n)
        return Batch(x=(2.0 * u - 1)[..., None], y=u.cumsum(0) % 2, mask=asked)
