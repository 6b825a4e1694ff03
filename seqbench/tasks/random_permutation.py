"""The random permutation problem: the last symbol is the first one.

    step    0   1   2   3  ...  T-2  T-1        one-hot of 100 symbols
    input   v  41  17  88  ...  63    5         v is 0 or 1, the others are any of 2..99
    target 41  17  88  23  ...   5    v         the next symbol

    pascanu13   the last answer only is trained and scored
    martens11   every answer is trained (all but the last are noise), the last one is scored

Blind guessing is right in 50 %. Solved when 99 % are right.
Our deviation: pascanu13's code draws a length for every batch; here it is fixed.
Not a permutation of anything, in spite of the name; not hs97's task 2b (other symbols, same idea).
Source: hochreiter1997, martens2011, pascanu2013
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator
from torch.nn import functional

from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, Classification, IoShape


@dataclass(frozen=True, kw_only=True)
class RandomPermutation(Classification):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"

    length: Size = 50
    symbols: Size = 100
    variant: Literal["pascanu13", "martens11"] = "pascanu13"

    chance, pass_mark = 0.5, 0.99

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.length < 2 or self.symbols < 3:
            raise InputError(
                f"RandomPermutation: length is {self.length} and symbols is {self.symbols}. "
                "Allowed: at least 2 and at least 3. Change the values."
            )

    @property
    def inputs(self) -> int:
        return self.symbols

    @property
    def outputs(self) -> int:
        return self.symbols

    @property
    def lag(self) -> int:
        return self.length - 1

    def sample(self, n: int, stream: Generator) -> Batch:
        v = torch.randint(2, (1, n), generator=stream)
        between = torch.randint(2, self.symbols, (self.length - 1, n), generator=stream)
        tokens = torch.cat([v, between, v])
        last = functional.pad(torch.ones(1, n), (0, 0, self.length - 1, 0))
        x = torch.eye(self.symbols)[tokens[:-1]]  # (T, n, 100)
        mask = last if self.variant == "pascanu13" else None
        return Batch(x=x, y=tokens[1:], mask=mask, scored=last)
