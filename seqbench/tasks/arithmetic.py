"""Arithmetic: add or subtract two numbers, written and answered digit by digit.

    step    0   1   2   3   4   5   6   7   8       2 digits
    input   0   7   -   3   5   =   .   .   .       one-hot: 0..9 + - = and a blank
    target  -   -   -   -   -   -   0   2   8       7 - 35 = -28: the sign, then the digits

Numbers have as many digits as they may, zeros in front included; the answer has one more, the
largest first, so that the last carry is known only when everything has been read. Blind guesses
know that most answers are positive and begin with 0. Solved when 99 % of the symbols are right.
Our deviation: while it answers the network hears blanks, not its answers; no distractors between
the digits, and 2 digits a number (the paper: up to 8).
Not modular arithmetic, where every symbol is a number; carries go from digit to digit here.
Source: zaremba2014, jozefowicz2015
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Generator
from torch.nn import functional

from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, Classification, IoShape

PLUS, MINUS, EQUALS, BLANK = range(10, 14)
MOST = 6  # digits, for chance to be counted quickly


@dataclass(frozen=True, kw_only=True)
class Arithmetic(Classification):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"

    digits: Size = 2

    inputs, outputs, pass_mark = 14, 12, 0.99

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.digits > MOST:
            raise InputError(
                f"Arithmetic: digits is {self.digits}. Allowed: 1 to {MOST}. Change the value."
            )

    @property
    def lag(self) -> int:
        return 3 * self.digits + 2

    @property
    def chance(self) -> float:
        return _likeliest(self.digits)

    def sample(self, n: int, stream: Generator) -> Batch:
        a, b = torch.randint(10**self.digits, (2, n), generator=stream)
        sign = torch.randint(PLUS, EQUALS, (n,), generator=stream)
        value = torch.where(sign == PLUS, a + b, a - b)
        places = 10 ** torch.arange(self.digits, -1, -1)[:, None]
        read = [a // places[1:] % 10, sign[None], b // places[1:] % 10]
        tokens = torch.cat([*read, torch.full((1, n), EQUALS)])
        tokens = functional.pad(tokens, (0, 0, 0, self.digits + 1), value=BLANK)
        said = torch.cat([torch.where(value < 0, MINUS, PLUS)[None], value.abs() // places % 10])
        y = functional.pad(said, (0, 0, 2 * self.digits + 1, 0))  # the sign is said at =
        asked = (torch.arange(len(y)) > 2 * self.digits).float()[:, None].expand(-1, n)
        return Batch(x=functional.one_hot(tokens, self.inputs).float(), y=y, mask=asked)


@cache
def _likeliest(digits: int) -> float:
    """The mean over places of how likely the likeliest symbol is there."""
    many = 10**digits
    apart = np.arange(1 - many, many)
    ways = (many - abs(apart)) / (2 * many**2)  # of a difference; of a sum, many - 1 larger
    values, ways = np.r_[abs(apart), apart + many - 1], np.r_[ways, ways]
    below = ways[: many - 1].sum()
    places = [np.bincount(values // 10**k % 10, ways).max() for k in range(digits + 1)]
    return float((max(below, 1 - below) + sum(places)) / (digits + 2))
