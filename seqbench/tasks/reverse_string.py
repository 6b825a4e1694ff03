"""Reverse string: say again what was read, the last symbol first.

    step    0   1   2   3   4   5   6   7         4 symbols
    input   b   a   a   b   -   -   -   -         one-hot: the alphabet, blank
    target  -   -   -   -   b   a   a   b         the last one first

The first answer is asked at once, the last one after twice the length: all lags from 1 on come
once. A stack is what it calls for; a state of fixed size holds so many symbols and no more.
Chance is one symbol of the alphabet. Solved when 99 % of the symbols are right.
Our deviation: one length for training (the paper: all up to 40), five letters in place of two.
Not copy, which says the first symbol first, after a silence in which nothing has to change.
Source: deletang2023
"""

from dataclasses import dataclass

from torch import Tensor

from seqbench.tasks._rewriting import Rewriting


@dataclass(frozen=True, kw_only=True)
class ReverseString(Rewriting):
    @property
    def chance(self) -> float:
        return 1 / self.alphabet

    def written(self, read: Tensor) -> Tensor:
        return read.flip(0)
