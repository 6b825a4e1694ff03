"""The Penn Treebank as Mikolov prepared it: one sentence of the Wall Street Journal per line.

Lower case, no punctuation, numbers are N, all but 10 000 words are <unk>. Splits as published:
sections 0 to 20, 21 and 22, 23 and 24.

Words: every line ends with <eos>; 929 589, 73 760 and 82 430 of them.
Characters: as Mikolov's own files ptb.char.*.txt have them, which are the same lines with `_` for a
space and none at either end: 5 017 482, 393 042 and 442 423 with the ends of lines, of 50 kinds
(<unk> is spelled: five characters). Who reads the word files instead, as some do, also counts a
space at either end of a line.

Source: marcus1993, mikolov2010, mikolov2012
"""

from collections import Counter
from functools import cache
from string import ascii_lowercase, digits
from typing import NamedTuple

import numpy as np

from seqbench.data import files, guards
from seqbench.data.baselines import constants, ngrams
from seqbench.data.formats.letters import INTS, numbers

WORDS = 10_000
ALPHABET = "\n#$&'*-./" + digits + "<>N\\_" + ascii_lowercase
PARTS = ("train", "valid", "test")
UNKNOWN, END = "<unk>", "<eos>"


class Text(NamedTuple):
    """Symbols of each part, (N,), and what they stand for."""

    train: INTS
    valid: INTS
    test: INTS
    symbols: tuple[str, ...]


@cache
def characters() -> Text:
    """The letters of all lines.

    Raises:
        MissingData, InputError: it is not here, or damaged.
    """
    train, valid, test = (spelled(_blob(part)) for part in PARTS)
    return Text(train, valid, test, tuple(ALPHABET))


def spelled(blob: guards.Blob) -> INTS:
    """The letters of one part.

    Raises:
        InputError: an empty line, or another alphabet.
    """
    return numbers(blob, "".join(f"{line.replace(' ', '_')}\n" for line in lines(blob)), ALPHABET)


@cache
def words(most: int) -> Text:
    """The `most` most frequent words of train, most frequent first; all others are <unk>.

    Raises:
        MissingData, InputError: as `characters`.
    """
    return vocabulary([_blob(part) for part in PARTS], most)


def vocabulary(blobs: list[guards.Blob], most: int) -> Text:
    """The words of train, valid and test.

    Raises:
        InputError: an empty line, or a train part without 10 000 words or <unk>.
    """
    texts = [" ".join(f"{line} {END}" for line in lines(blob)).split() for blob in blobs]
    counts = Counter(texts[0])
    if len(counts) != WORDS or UNKNOWN not in counts:
        raise blobs[0].refused(f"has {len(counts):,} words", f"{WORDS:,}, <unk> and <eos> included")
    frequent = sorted(counts, key=lambda word: (-counts[word], word))[:most]
    place = {word: number for number, word in enumerate(frequent)}
    if UNKNOWN not in place:
        raise blobs[0].refused("has rare <unk>", f"<unk> among the {most:,} most frequent words")
    unknown = place[UNKNOWN]
    train, valid, test = (
        np.array([place.get(word, unknown) for word in text], np.int64) for text in texts
    )
    return Text(train, valid, test, tuple(frequent))


def lines(blob: guards.Blob) -> list[str]:
    """The sentences, without the spaces at both ends.

    Raises:
        InputError: a line is empty, or none is there.
    """
    *found, rest = guards.text(blob).split("\n")
    sentences = [line.strip(" ") for line in found]
    if rest or not all(sentences) or not sentences:
        raise blob.refused("has an empty or an unfinished line", "a sentence in every line")
    return sentences


def _blob(part: str) -> guards.Blob:
    return files.read("ptb", f"ptb.{part}.txt")


@cache
def nats(order: int, most: int | None = None) -> float:
    """Nats per symbol on test: order 0, of the best constant; 1, of a bigram model.

    most: of words; None: of characters.
    """
    text = characters() if most is None else words(most)
    train, test = ngrams.follow(text.train), ngrams.follow(text.test)
    return ngrams.bigram(train, test, len(text.symbols)) if order else constants.entropy(test.now)
