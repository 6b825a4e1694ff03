"""Bucket sort: say again what was read, in the order of the alphabet.

    step    0   1   2   3   4   5   6   7         4 symbols of 5 kinds
    input   3   1   4   1   -   -   -   -         one-hot: the alphabet, blank
    target  -   -   -   -   1   1   3   4         sorted

Only how often each symbol came has to be kept: counters, no order, and then they are counted down.
Blind guesses are better than one in 5: the first answers are small, the last ones large; chance
takes the likeliest symbol of every place. Solved when 99 % of the symbols are right.
Our deviation: one length for training (the paper: all up to 40).
Not reverse string, where the order is what has to be kept; not sorting of real numbers.
Source: deletang2023
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom
from torch import Tensor

from seqbench.tasks._rewriting import Rewriting


@dataclass(frozen=True, kw_only=True)
class BucketSort(Rewriting):
    @property
    def chance(self) -> float:
        """The mean over places of how likely the likeliest symbol is there."""
        places = np.arange(self.length)
        smaller = np.arange(self.alphabet + 1)[:, None] / self.alphabet  # share below each symbol
        reached = binom.cdf(places, self.length, smaller)  # no more than so many are below it
        return float((reached[:-1] - reached[1:]).max(0).mean())

    def written(self, read: Tensor) -> Tensor:
        return read.sort(0).values
