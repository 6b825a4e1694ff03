"""Multi-query associative recall: which value came with each of the keys?

    step    0   1   2   3   4   5   6   7   8         3 pairs
    input   c   9   k   8   j   3   k   j   c         one-hot: 16 keys, 8 values
    target  -   -   -   -   -   -   8   3   9         the value that followed this key

The keys of a sequence differ; values are uniform and may repeat. Then every key is asked once, in
random order, so all pairs have to be kept: pairs x log2(values) bits at least, which is what makes
accuracy against the size of the state worth drawing. Chance is one value in 8. Solved when 99 % of
the answers are right.
Our deviation: queries follow at once (the paper strews them among other symbols, gaps by a power
law, over 8,192 symbols), and values may repeat.
Not associative recall, where only one key is asked, and a guess of one pair may be enough.
Source: arora2024
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator
from torch.nn import functional

from seqbench.errors import InputError
from seqbench.knobs import Several, Size
from seqbench.task import Batch, Classification, IoShape


@dataclass(frozen=True, kw_only=True)
class MultiQueryRecall(Classification):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"

    pairs: Size = 4
    keys: Size = 16
    values: Several = 8

    pass_mark = 0.99

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pairs > self.keys:
            raise InputError(
                f"MultiQueryRecall: pairs is {self.pairs}. Allowed: at most as many as there are "
                f"keys, {self.keys}. Change one of them."
            )

    @property
    def inputs(self) -> int:
        return self.keys + self.values

    @property
    def outputs(self) -> int:
        return self.values

    @property
    def lag(self) -> int:
        return 3 * self.pairs - 1

    @property
    def chance(self) -> float:
        return 1 / self.values

    def sample(self, n: int, stream: Generator) -> Batch:
        keys = torch.rand(self.keys, n, generator=stream).argsort(0)[: self.pairs]
        values = torch.randint(self.values, (self.pairs, n), generator=stream)
        order = torch.rand(self.pairs, n, generator=stream).argsort(0)
        shown = torch.stack([keys, self.keys + values], 1).flatten(0, 1)
        tokens = torch.cat([shown, keys.gather(0, order)])  # (3 pairs, n)
        y = functional.pad(values.gather(0, order), (0, 0, len(shown), 0))
        asked = (torch.arange(len(tokens)) >= len(shown)).float()[:, None].expand(-1, n)
        return Batch(x=functional.one_hot(tokens, self.inputs).float(), y=y, mask=asked)
