"""Induction: after a rare symbol, name what followed it the first time.

    step    0   1   2   3   4   5   6   7   8     one-hot of 16 symbols and the rare one
    input   c   f   !   k   b   c   a   f   !
    asked                                   x     k, what followed the ! before

The rare symbol comes twice: anywhere but in the last two steps before the end, and at the end. What
to keep is one symbol, but only what came before tells which. Chance is one symbol in 16. Solved
when 99 % are right.
Not associative recall, where there are many keys; not selective copy, where symbols stand out
themselves.
Source: fu2023
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
class Induction(Classification):
    io_shape: ClassVar[IoShape] = "many_to_one"

    length: Size = 40
    symbols: Several = 16

    pass_mark = 0.99

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.length < 3:
            raise InputError(
                f"Induction: length is {self.length}. Allowed: at least 3. Change the value."
            )

    @property
    def inputs(self) -> int:
        return self.symbols + 1

    @property
    def outputs(self) -> int:
        return self.symbols

    @property
    def lag(self) -> int:
        return self.length - 2

    @property
    def chance(self) -> float:
        return 1 / self.symbols

    def sample(self, n: int, stream: Generator) -> Batch:
        common = torch.randint(self.symbols, (self.length, n), generator=stream)
        place = torch.randint(self.length - 2, (1, n), generator=stream)
        step = torch.arange(self.length)[:, None]
        tokens = torch.where((step == place) | (step == self.length - 1), self.symbols, common)
        x = functional.one_hot(tokens, self.inputs).float()
        return Batch(x=x, y=common.gather(0, place + 1))
