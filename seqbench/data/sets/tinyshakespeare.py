"""Tiny Shakespeare: 1 115 394 characters of his plays, of 65 kinds.

Nothing official says where training ends. Ours, in the order of the text: 90 % train, 5 % valid,
5 % test. nanoGPT's 90 : 10 has the same train, and as valid our valid and test together.

Source: karpathy2015
"""

from functools import cache
from string import ascii_letters
from typing import NamedTuple

import numpy as np

from seqbench.data import files, guards
from seqbench.data.baselines import constants, ngrams
from seqbench.data.formats.letters import INTS, numbers

ALPHABET = "\n !$&',-.3:;?" + "".join(sorted(ascii_letters))
SHARES = (0.9, 0.95)  # where valid and test begin


class Text(NamedTuple):
    """Symbols of each part: (N,)."""

    train: INTS
    valid: INTS
    test: INTS


@cache
def parts() -> Text:
    """The text.

    Raises:
        MissingData, InputError: it is not here, or damaged.
    """
    return parse(files.read("tinyshakespeare", "input.txt"))


def parse(blob: guards.Blob) -> Text:
    """What a file holds.

    Raises:
        InputError: another alphabet, or a text too short to be split.
    """
    symbols = numbers(blob, guards.text(blob), ALPHABET)
    if len(symbols) < 100:
        raise blob.refused(f"has {len(symbols)} characters", "the whole text")
    return Text(*np.split(symbols, [int(share * len(symbols)) for share in SHARES]))


@cache
def nats(order: int) -> float:
    """Nats per character on test: order 0, of the best constant; 1, of a bigram model."""
    train, _, test = (ngrams.follow(part) for part in parts())
    return ngrams.bigram(train, test, len(ALPHABET)) if order else constants.entropy(test.now)
