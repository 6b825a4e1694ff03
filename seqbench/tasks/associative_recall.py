"""Associative retrieval: which value came with this key?

    step    0   1   2   3   4   5   6   7   8   9  10
    input   c   9   k   8   j   3   f   1   ?   ?   c       one-hot: 26 keys, 10 values, ?
    asked                                           x       9, the value that followed c

The keys of a sequence differ; values may repeat; any of the keys is asked. All pairs have to be
kept until the last step says which one matters. Solved when 99 % are right (the paper's network of
50 units with fast weights made no error); chance is one value in 10.
Not the recall of Graves' Turing machine (items of bit vectors, the *next* one is asked); not a
recall of many queries.
Source: ba2016fast
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator
from torch.nn import functional

from seqbench.errors import InputError
from seqbench.knobs import Several, Size
from seqbench.task import Batch, Classification, IoShape


@dataclass(frozen=True, kw_only=True)
class AssociativeRecall(Classification):
    io_shape: ClassVar[IoShape] = "many_to_one"

    pairs: Size = 4
    keys: Size = 26
    values: Several = 10

    pass_mark = 0.99

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pairs > self.keys:
            raise InputError(
                f"AssociativeRecall: pairs is {self.pairs}. Allowed: at most as many as there are "
                f"keys, {self.keys}. Change one of them."
            )

    @property
    def inputs(self) -> int:
        return self.keys + self.values + 1

    @property
    def outputs(self) -> int:
        return self.values

    @property
    def lag(self) -> int:
        return 2 * self.pairs + 2

    @property
    def chance(self) -> float:
        return 1 / self.values

    def sample(self, n: int, stream: Generator) -> Batch:
        keys = torch.rand(self.keys, n, generator=stream).argsort(0)[: self.pairs]
        values = torch.randint(self.values, (self.pairs, n), generator=stream)
        asked = torch.randint(self.pairs, (1, n), generator=stream)
        shown = torch.stack([keys, self.keys + values], 1).flatten(0, 1)
        marks = torch.full((2, n), self.keys + self.values)
        tokens = torch.cat([shown, marks, keys.gather(0, asked)])  # (2 pairs + 3, n)
        x = functional.one_hot(tokens, self.inputs).float()
        return Batch(x=x, y=values.gather(0, asked))
