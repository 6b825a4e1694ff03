"""The help texts that ship with Python itself (what `help("assert")` prints), as characters.

Topics repeat whole paragraphs of each other (`compound` holds all of `if`, `for`, ...): a third of
the text. Each paragraph is kept once, or the test part would be known by heart from training.

Source: python2001
"""

import re
from functools import cache
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqbench.data.baselines.constants import entropy
from seqbench.errors import InputError, MissingData

ALPHABET = 64  # the 63 most frequent characters of train, then one symbol for all others
MOST_WINDOWS = 200  # of valid and of test, so that looking at them stays cheap


class Text(NamedTuple):
    """Windows of length + 1 symbols: (N, length + 1)."""

    train: NDArray[np.int64]
    valid: NDArray[np.int64]
    test: NDArray[np.int64]


@cache
def load() -> NDArray[np.uint32]:
    """The code points of all topics in the order of their names, each paragraph once. (N,)

    Raises:
        MissingData: this Python was built without its help texts.
    """
    try:
        from pydoc_data.topics import topics
    except ImportError as error:
        raise MissingData(
            "python_topics: this Python has no module pydoc_data. Allowed: a complete standard "
            "library. Install Python from python.org or its full package."
        ) from error
    everything = "\n\n".join(topics[name] for name in sorted(topics))
    paragraphs = re.split(r"\n{2,}", everything.strip("\n"))
    once = "\n\n".join(dict.fromkeys(paragraphs))
    return np.frombuffer(once.encode("utf-32-le"), np.dtype("<u4"))


@cache
def text(characters: int, length: int) -> Text:
    """The first `characters` of the text: train, then a tenth each (or less) of valid and test.

    Raises:
        InputError: so few characters that a part would hold no window.
    """
    codes = load()[:characters]
    held = min(len(codes) // 10, MOST_WINDOWS * length + 1)
    if held <= length:
        raise InputError(
            f"python_topics: {len(codes)} characters are too few for windows of {length}. "
            f"Allowed: characters at least {10 * (length + 1)}. Change one of them."
        )
    start = len(codes) - 2 * held
    found, counts = np.unique(codes[:start], return_counts=True)
    common = found[np.argsort(-counts, kind="stable")][: ALPHABET - 1]
    symbols = np.full(len(codes), ALPHABET - 1, np.int64)
    for symbol, code in enumerate(common):
        symbols[codes == code] = symbol
    parts = np.split(symbols, [start, start + held])
    return Text(*(_windows(part, length) for part in parts))


def _windows(symbols: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Runs of length + 1; the last symbol of one, only asked there, begins the next."""
    starts = np.arange(0, len(symbols) - length, length)
    return np.take(symbols, starts[:, None] + np.arange(length + 1))


@cache
def ngram_bits(order: int, characters: int, length: int) -> float:
    """Bits per character on test: order 0, of the best constant; 1, of a bigram model.

    The latter is counted on train, with one added to every count (Laplace).
    """
    train, _, test = text(characters, length)
    if order == 0:
        return entropy(test[:, 1:]) / log(2)
    counts = np.ones((ALPHABET, ALPHABET))
    np.add.at(counts, (train[:, :-1], train[:, 1:]), 1)
    odds = counts / counts.sum(-1, keepdims=True)
    return float(-np.log2(odds[test[:, :-1], test[:, 1:]]).mean())
