"""Random memorization: learn by heart which of some random sequences has which random label.

    step    0    1    2    3    4                4 numbers a step, normal and independent
    input   x0   x1   x2   x3   x4               one of 256 sequences, the same in every trial
    asked                       y                0 or 1, each the label of half of the sequences

    bits = patterns (1 + p log2 p + (1 - p) log2 (1 - p))      p right answers, at least half

There is nothing to understand, so what is right has been stored in the weights. The score is the
information about all labels, in bits: 0 at chance, at most one bit a sequence. Divided by the
number of weights it is the capacity, if there are more sequences than can be learned. Solved when
99 % of the labels are right. Training and test draw from the same sequences.
Our deviation: one label a sequence at its end; the paper tunes how many sequences there are.
Not noiseless memorization, where every sequence is new and is kept in the state.
Source: collins2017
"""

from dataclasses import dataclass
from functools import cache
from math import log, log2
from typing import ClassVar

import torch
from torch import Generator, Tensor

from seqbench.errors import InputError
from seqbench.knobs import Several, Size
from seqbench.task import Batch, Classification, IoShape
from seqbench.task.pooled import Pooled


@dataclass(frozen=True, kw_only=True)
class RandomMemorization(Pooled, Classification):
    io_shape: ClassVar[IoShape] = "many_to_one"
    metric: ClassVar[str] = "memorized_bits"
    past_only: ClassVar[bool] = False
    on_host: ClassVar[bool] = True

    length: Size = 5
    patterns: Several = 256
    features: Size = 4

    outputs, chance = 2, 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.patterns % 2:
            raise InputError(
                f"RandomMemorization: patterns is {self.patterns}. Allowed: an even number. "
                "Change the value."
            )

    @property
    def inputs(self) -> int:
        return self.features

    @property
    def lag(self) -> int:
        return self.length - 1

    @property
    def perfect(self) -> float:  # type: ignore[override]
        return float(self.patterns)

    @property
    def pass_mark(self) -> float:
        return self.patterns * (1 + 0.99 * log2(0.99) + 0.01 * log2(0.01))

    def sample(self, n: int, stream: Generator) -> Batch:
        picked = torch.randint(self.patterns, (n,), generator=stream)
        known = _known(self.length, self.patterns, self.features)
        return Batch(x=known[:, picked], y=(picked % 2)[None])

    def judge(self, said: Tensor, batch: Batch) -> Tensor:
        right = (said == batch.y).to(batch.x.dtype).mean((-2, -1)).clamp(min=0.5)
        doubt = (torch.special.entr(right) + torch.special.entr(1 - right)) / log(2)
        return self.patterns * (1 - doubt)


@cache
def _known(length: int, patterns: int, features: int) -> Tensor:
    fixed = Generator("cpu").manual_seed(0)  # any seed would do
    return torch.randn(length, patterns, features, generator=fixed, device="cpu")
