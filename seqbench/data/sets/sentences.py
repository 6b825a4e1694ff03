"""Sentences of film reviews, for or against the film: tokens in lower case, spaces between them.

sst2, the Stanford Sentiment Treebank with two classes, whole sentences only: 6920 + 872 + 1821, as
published. rt_polarity, Rotten Tomatoes: 5331 for and as many against, one file each, no split; the
literature takes 10 folds, drawn anew by each. Ours follow from the sentences (SHA-256), so that no
sentence stands in two of them.

Source: socher2013, pang2005, kim2014
"""

from collections import Counter
from functools import cache
from hashlib import sha256
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqbench.data import files, guards
from seqbench.data.baselines import constants

INTS = NDArray[np.int64]
UNKNOWN = 0  # the symbol of words that are not in the vocabulary
FOLDS = 10
Said = list[tuple[str, int]]  # sentences, and whether they are for the film


class Part(NamedTuple):
    """Sentences as symbols, each (words,), and classes (N,): 0 against, 1 for."""

    sentences: tuple[INTS, ...]
    classes: INTS


class Parts(NamedTuple):
    """symbols: what they stand for, `words` at most."""

    train: Part
    valid: Part
    test: Part
    symbols: tuple[str, ...]


@cache
def parts(name: str, words: int, fold: int = 0) -> Parts:
    """A set with a vocabulary of the most frequent words of train, <unk> first.

    Raises:
        MissingData, InputError: a file is not here, or damaged.
    """
    split = _published() if name == "sst2" else _folds(fold)
    counts = Counter(word for sentence, _ in split[0] for word in sentence.split())
    frequent = sorted(counts, key=lambda word: (-counts[word], word))[: words - 1]
    symbols = ("<unk>", *frequent)
    place = {word: number for number, word in enumerate(symbols)}
    train, valid, test = (_part(said, place) for said in split)
    return Parts(train, valid, test, symbols)


def _part(said: Said, place: dict[str, int]) -> Part:
    found = tuple(
        np.array([place.get(word, UNKNOWN) for word in sentence.split()], np.int64)
        for sentence, _ in said
    )
    return Part(found, np.array([own for _, own in said], np.int64))


def _published() -> list[Said]:
    return [labeled(files.read("sst2", f"stsa.binary.{part}")) for part in ("train", "dev", "test")]


def labeled(blob: guards.Blob) -> Said:
    """Lines of a class, a space and a sentence.

    Raises:
        InputError: another class, or no words.
    """
    found = []
    for number, line in enumerate(_lines(blob), start=1):
        label, _, sentence = line.partition(" ")
        if label not in ("0", "1") or not sentence.strip():
            raise blob.refused(f"has {line[:40]!r} in line {number}", "0 or 1, and a sentence")
        found.append((" ".join(sentence.split()), int(label)))
    return found


def _folds(fold: int) -> list[Said]:
    """Train, valid (the fold after) and test (this fold)."""
    said = [
        (sentence, own)
        for own, end in enumerate(("neg", "pos"))
        for sentence in plain(files.read("rt_polarity", f"rt-polarity.{end}"))
    ]
    numbers = [fold_of(sentence) for sentence, _ in said]
    after = (fold + 1) % FOLDS
    split: list[Said] = [[], [], []]
    for pair, number in zip(said, numbers, strict=True):
        split[2 if number == fold else 1 if number == after else 0].append(pair)
    return split


def plain(blob: guards.Blob) -> list[str]:
    """Lines that are sentences.

    Raises:
        InputError: an empty one.
    """
    found = [" ".join(line.split()) for line in _lines(blob)]
    if not all(found):
        raise blob.refused(f"has no words in line {found.index('') + 1}", "a sentence in each")
    return found


def fold_of(sentence: str) -> int:
    """Number of the cross-validation fold, 0 to FOLDS - 1; equal sentences are in one fold."""
    return int.from_bytes(sha256(sentence.encode()).digest()[:4], "big") % FOLDS


def _lines(blob: guards.Blob) -> list[str]:
    return guards.text(blob).removesuffix("\n").split("\n")


@cache
def majority(name: str, fold: int = 0) -> float:
    """Accuracy on test of the best constant answer."""
    return constants.majority(parts(name, 1, fold).test.classes)


@cache
def naive_bayes(name: str, words: int, fold: int = 0) -> float:
    """Accuracy on test of naive Bayes on which words occur, order forgotten (counts plus one)."""
    train, _, test, symbols = parts(name, words, fold)
    counts = np.ones((2, len(symbols)))
    for sentence, own in zip(train.sentences, train.classes, strict=True):
        counts[own, np.unique(sentence)] += 1
    weights = np.log(counts[1] / counts[1].sum()) - np.log(counts[0] / counts[0].sum())
    weights[UNKNOWN] = 0
    bias = float(np.log(train.classes.mean() / (1 - train.classes.mean())))
    said = [bias + weights[np.unique(sentence)].sum() > 0 for sentence in test.sentences]
    return float(np.mean(np.array(said) == test.classes))
