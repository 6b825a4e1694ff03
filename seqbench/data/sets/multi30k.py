"""Multi30k: descriptions of photographs in German and English, translations of each other.

The published parts: 29 000 pairs of train, 1 014 of val and the 1 000 of test_2016_flickr; no pair
is in two of them. Sentences are put in lower case and cut into words (runs of letters, digits and
the underscore) and single other signs: "Zwei Männer, die..." -> zwei männer , die . . .

Source: elliott2016
"""

import re
from collections import Counter
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqbench.data.baselines.overlap import bleu, blind_bleu
from seqbench.data.files import read
from seqbench.data.guards import Blob, gunzip, text
from seqbench.errors import InputError

FILES = {"train": 29_000, "val": 1_014, "test_2016_flickr": 1_000}
TRAINED, HEARD = 29_000, 30_014  # where valid and where test begin
FROM, TO = "de", "en"
UNKNOWN, END, SPECIAL = 0, 1, 2  # symbols of a word outside the vocabulary, and after the last one
TOKEN = re.compile(r"\w+|[^\w\s]")
ROUNDS = 5  # of expectation and maximization; more change few words

Sentences = tuple[tuple[str, ...], ...]
Numbers = NDArray[np.int64]


class Part(NamedTuple):
    """Symbols of N pairs, and which pairs they are among all 31 014.

    source (longest, N) ends at the last step, with -1 before it; target (longest + 1, N) begins at
    the first step and is followed by END.
    """

    source: Numbers
    target: Numbers
    numbers: Numbers


@cache
def sentences(language: str) -> Sentences:
    """The words of all sentences: of train, valid and test.

    Raises:
        MissingData: a file is not on this machine.
        InputError: one is damaged, or not what it should be.
    """
    blobs = {name: gunzip(read("multi30k", f"{name}.{language}.gz")) for name in FILES}
    return tuple(line for name, blob in blobs.items() for line in lines(blob, FILES[name]))


def lines(blob: Blob, count: int) -> Sentences:
    """The words of each line.

    Raises:
        InputError: another number of lines, or one without a word.
    """
    *found, rest = text(blob).split("\n")
    if len(found) != count or rest:
        raise blob.refused(f"has {len(found)} whole lines", f"{count} lines")
    words = tuple(tuple(TOKEN.findall(line.lower())) for line in found)
    if not all(words):
        raise blob.refused(f"has no word in line {words.index(()) + 1}", "a sentence in every line")
    return words


@cache
def vocabulary(language: str, words: int) -> tuple[str, ...]:
    """The most frequent words of train by symbol, after the special ones; ties by the alphabet.

    Raises:
        InputError: train has fewer words.
    """
    counts = Counter(word for line in sentences(language)[:TRAINED] for word in line)
    common = sorted(counts, key=lambda word: (-counts[word], word))
    if words > len(common):
        raise InputError(
            f"multi30k: words is {words}, more than train has of {language!r}. "
            f"Allowed: at most {len(common)}. Change the value."
        )
    return ("<unk>", "<end>", *common[:words])


@cache
def parts(words: int, longest: int, reverse: bool = False) -> tuple[Part, ...]:
    """Train, valid and test.

    Pairs with more than `longest` words on a side are left out of train, and cut in valid and test.
    reverse: the words of every source from the last to the first.
    """
    pairs = [*zip(sentences(FROM), sentences(TO), strict=True)]
    short = [i for i in range(TRAINED) if max(map(len, pairs[i])) <= longest]
    if not short:
        raise InputError(
            f"multi30k: longest is {longest}, and no pair of train is so short. Allowed: at least "
            f"{min(max(map(len, pair)) for pair in pairs)}. Change the value."
        )
    found = []
    for chosen in map(np.array, (short, range(TRAINED, HEARD), range(HEARD, len(pairs)))):
        source, target = (_symbols(language, words, longest, chosen) for language in (FROM, TO))
        source = [row[::-1] for row in source] if reverse else source
        before = [[-1] * (longest - len(row)) + row for row in source]
        behind = [row + [END] * (longest + 1 - len(row)) for row in target]
        found.append(Part(np.array(before).T, np.array(behind).T, chosen))
    return tuple(found)


def _symbols(language: str, words: int, longest: int, chosen: Numbers) -> list[list[int]]:
    known = {word: i for i, word in enumerate(vocabulary(language, words)) if i >= SPECIAL}
    everything = sentences(language)
    return [[known.get(word, UNKNOWN) for word in everything[i][:longest]] for i in chosen]


def whole(language: str, numbers: Numbers) -> list[str]:
    """The sentences of these pairs, whole, in lower case, their words separated by blanks."""
    everything = sentences(language)
    return [" ".join(everything[i]) for i in numbers]


@cache
def blind(words: int, longest: int) -> float:
    """BLEU on test of its one sentence that is best when said in place of every one."""
    texts = whole(TO, parts(words, longest)[2].numbers)
    return bleu([blind_bleu(texts)] * len(texts), texts)


@cache
def word_by_word(words: int, longest: int) -> float:
    """BLEU on test of putting in place of each word its translation, in the order of the source."""
    train, _, test = parts(words, longest)
    known, english = dictionary(train, words + SPECIAL), vocabulary(TO, words)
    said = [[known[s] for s in row if s > END] for row in test.source.T]
    return bleu(
        [" ".join(english[t] for t in row if t > END) for row in said], whole(TO, test.numbers)
    )


def dictionary(train: Part, symbols: int) -> Numbers:
    """The likeliest translation of every symbol, UNKNOWN where there is none: IBM's first model."""
    which, s, t = [], [], []
    for n, (source, target) in enumerate(zip(train.source.T, train.target.T, strict=True)):
        own, theirs = source[source > END], target[target > END]
        s.append(np.repeat(own, len(theirs)))
        t.append(np.tile(theirs, len(own)))
        which.append(n * len(target) + np.tile(np.arange(len(theirs)), len(own)))
    keys, pair = np.unique(np.concatenate(s) * symbols + np.concatenate(t), return_inverse=True)
    word, slot = keys // symbols, np.concatenate(which)
    likely = np.ones(len(keys))  # of the target word of a pair, given its source word
    for _ in range(ROUNDS):
        share = likely[pair]
        share /= np.bincount(slot, share)[slot]
        count = np.bincount(pair, share)
        likely = count / np.bincount(word, count)[word]
    best = np.full(symbols, UNKNOWN, np.int64)
    order = np.argsort(likely, kind="stable")
    best[word[order]] = keys[order] % symbols  # the likeliest is written last
    return best
