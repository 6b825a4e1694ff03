"""Modular arithmetic without brackets: the value of an expression, modulo 5.

    step    0   1   2   3   4   5   6             4 numbers
    input   1   +   2   *   3   -   4             one-hot of 0 1 2 3 4, +, -, *
    asked                           x             1 + 6 - 4 = 3; products come before sums

Numbers and operations are uniform. What to keep is the sum so far and the product that is not
finished, 25 states. A product is more often 0 than anything else, so that blind guesses of 0 are
right a little more often than once in 5, and the last number, if it is a factor, may help a little.
Solved when 99 % are right.
Our deviation: one length for training (the paper: all up to 40).
Not the sums of whole numbers of `arithmetic`: every symbol is one number, and so is the answer.
Source: deletang2023
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator
from torch.nn import functional

from seqbench.knobs import Several
from seqbench.task import Batch, Classification, IoShape

FLOAT = NDArray[np.float64]
PLUS, MINUS, TIMES = range(3)


@dataclass(frozen=True, kw_only=True)
class ModularArithmetic(Classification):
    io_shape: ClassVar[IoShape] = "many_to_one"
    past_only: ClassVar[bool] = False

    numbers: Several = 10
    modulus: Several = 5

    pass_mark = 0.99

    @property
    def inputs(self) -> int:
        return self.modulus + 3

    @property
    def outputs(self) -> int:
        return self.modulus

    @property
    def lag(self) -> int:
        return 2 * self.numbers - 2

    @property
    def chance(self) -> float:
        return _likeliest(self.numbers, self.modulus)

    def sample(self, n: int, stream: Generator) -> Batch:
        values = torch.randint(self.modulus, (self.numbers, n), generator=stream)
        signs = torch.randint(3, (self.numbers, n), generator=stream)  # that of the first is unused
        total, term = torch.zeros_like(values[0]), values[0]
        for value, sign in zip(values[1:], signs[1:], strict=True):
            times = sign == TIMES
            total = (total + torch.where(times, 0, term)) % self.modulus
            other = torch.where(sign == MINUS, -value, value)
            term = torch.where(times, term * value, other) % self.modulus
        tokens = torch.stack([self.modulus + signs, values], 1).flatten(0, 1)[1:]
        x = functional.one_hot(tokens, self.inputs).float()  # (2 numbers - 1, n, modulus + 3)
        return Batch(x=x, y=((total + term) % self.modulus)[None])


@cache
def _likeliest(numbers: int, modulus: int) -> float:
    """How likely the likeliest value of an expression is."""
    n = np.arange(modulus)
    products = ((n[:, None] * n % modulus)[..., None] == n).mean(
        1
    )  # from a, times any number, to b
    sums = ((n[:, None] + n) % modulus).ravel()

    def values(state: FLOAT) -> FLOAT:
        return np.asarray(np.bincount(sums, state.ravel(), modulus), np.float64)

    state = np.outer(n == 0, np.full(modulus, 1 / modulus))  # (sum so far, product so far)
    for _ in range(numbers - 1):
        state = state @ products / 3 + 2 / 3 * values(state)[:, None] / modulus
    return float(values(state).max())
