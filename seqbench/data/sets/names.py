"""Surnames of 18 languages, mostly as they are written in English, 71 to 9340 for each.

Letters lose their accents, as in the tutorial that made these files known. No split is published.
Ours: which part a name belongs to follows from its letters alone (SHA-256; 8 : 1 : 1), so the same
name never stands in two parts, in whatever languages it occurs; within a language each counts once
(Arabic has 108 different names in 2000 lines).

Source: robertson2017
"""

import unicodedata
from functools import cache
from hashlib import sha256
from string import ascii_letters
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqbench.data import files, guards
from seqbench.data.baselines import constants, ngrams
from seqbench.data.formats.letters import INTS, numbers

LANGUAGES = (
    "Arabic", "Chinese", "Czech", "Dutch", "English", "French", "German", "Greek", "Irish",
    "Italian", "Japanese", "Korean", "Polish", "Portuguese", "Russian", "Scottish", "Spanish",
    "Vietnamese",
)  # fmt: skip
LETTERS = " '-" + ascii_letters  # no name ends in a space, so one padded with 0 is no other name
END = len(LETTERS)  # the symbol after the last letter, and before the first one
LONGEST = 20
WHOLE = str.maketrans({"ß": "ss", "ł": "l", "/": "-"})  # what has no letter inside to be kept
SPELLING = "a name in Latin letters in every line"


class Part(NamedTuple):
    """Names as symbols, each (letters,), and the numbers of their languages (N,)."""

    names: tuple[INTS, ...]
    languages: INTS

    def pairs(self, language: int | None = None) -> ngrams.Pairs:
        """Which letter follows which, ends included, in all languages or in one."""
        some = [
            name
            for name, own in zip(self.names, self.languages, strict=True)
            if language in (None, own)
        ]
        ends = np.full(1, END)
        return ngrams.Pairs(
            np.concatenate([np.append(ends, name) for name in some]),
            np.concatenate([np.append(name, ends) for name in some]),
        )


class Parts(NamedTuple):
    """The names of all languages, split by a checksum of each name."""

    train: Part
    valid: Part
    test: Part


@cache
def parts() -> Parts:
    """All names.

    Raises:
        MissingData, InputError: a file is not here, or damaged.
    """
    split: tuple[list[tuple[INTS, int]], ...] = ([], [], [])
    for language, title in enumerate(LANGUAGES):
        blob = files.read("names", f"{title}.txt")
        for name in parse(blob):
            split[_part(name)].append((numbers(blob, name, LETTERS), language))
    return Parts(*(Part(tuple(n for n, _ in own), np.array([k for _, k in own])) for own in split))


def parse(blob: guards.Blob) -> tuple[str, ...]:
    """The different names of one language, sorted.

    Raises:
        InputError: an empty line, a name that is too long, or other than Latin letters.
    """
    found = set()
    for number, line in enumerate(guards.text(blob).removesuffix("\n").split("\n"), start=1):
        apart = unicodedata.normalize("NFD", line.strip().translate(WHOLE))
        name = "".join(c for c in apart if unicodedata.category(c) != "Mn")
        if not 0 < len(name) <= LONGEST or set(name) - set(LETTERS):
            raise blob.refused(f"has {line[:40]!r} in line {number}", SPELLING)
        found.add(name)
    return tuple(sorted(found))


def _part(name: str) -> int:
    tenth = int.from_bytes(sha256(name.encode()).digest()[:4], "big") % 10
    return max(0, tenth - 7)


@cache
def majority() -> float:
    """Accuracy on test of the best constant answer."""
    return constants.majority(parts().test.languages)


@cache
def naive_bayes() -> float:
    """Accuracy on test of the language under which name and language are likeliest.

    Letters given the one before and the language, counted on train with one added.
    """
    train, _, test = parts()
    likely = np.stack([_log_odds(train.pairs(k)) for k in range(len(LANGUAGES))])  # (18, 56, 56)
    prior = np.log(np.bincount(train.languages) / len(train.languages))
    said = [
        (prior + likely[:, np.append(END, name), np.append(name, END)].sum(-1)).argmax()
        for name in test.names
    ]
    return float(np.mean(np.array(said) == test.languages))


def _log_odds(pairs: ngrams.Pairs) -> NDArray[np.float64]:
    counts = np.ones((END + 1, END + 1))
    np.add.at(counts, (pairs.past, pairs.now), 1)
    return np.log(counts / counts.sum(-1, keepdims=True))


@cache
def nats(order: int) -> float:
    """Nats per letter on test, ends included: 0, of the best constant; 1, of a bigram model."""
    train, _, test = (part.pairs() for part in parts())
    return ngrams.bigram(train, test, END + 1) if order else constants.entropy(test.now)
