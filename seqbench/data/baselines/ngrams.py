"""Bigram models: how well the next symbol is known from the one before it.

They set the pass mark of every language model here: it is all that a network without memory could
learn. Chance is what is known without looking at the input, the symbol's frequency.

Source: shannon1951, ney1994
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

INTS = NDArray[np.int64]
DISCOUNT = 0.75  # taken from every count of a pair, and given to the symbol's own frequency


class Pairs(NamedTuple):
    """A symbol and the one that follows, wherever one is asked. Each (N,)."""

    past: INTS
    now: INTS


def follow(text: INTS) -> Pairs:
    """The pairs of one long text."""
    return Pairs(text[:-1], text[1:])


def bigram(train: Pairs, test: Pairs, symbols: int) -> float:
    """Nats per symbol on test of the frequencies in train after the symbol before.

        p(b | a) = max(n(ab) - D, 0) / n(a) + D kinds(a) / n(a) p(b)

    n counts in train, kinds(a) is how many different symbols follow a; p(b) is how frequent b is
    there, one added to every count (Laplace).
    """
    pairs, counts = np.unique(train.past * symbols + train.now, return_counts=True)
    followed = np.bincount(train.past, minlength=symbols)
    kinds = np.bincount(pairs // symbols, minlength=symbols)
    asked = test.past * symbols + test.now
    place = np.searchsorted(pairs, asked).clip(max=len(pairs) - 1)
    seen = np.where(pairs[place] == asked, counts[place] - DISCOUNT, 0.0)
    n = followed[test.past]
    left = np.where(n > 0, DISCOUNT * kinds[test.past] / n.clip(min=1), 1.0)
    odds = seen / n.clip(min=1) + left * _frequencies(train, symbols)[test.now]
    return float(-np.log(odds).mean())


def _frequencies(train: Pairs, symbols: int) -> NDArray[np.float64]:
    counts = np.bincount(train.now, minlength=symbols) + 1.0
    return counts / counts.sum()
