"""Translations: the published pairs, the vocabulary of train, else refused."""

import gzip
from collections import Counter

import numpy as np
import pytest

from seqbench.data.guards import Blob
from seqbench.data.sets import multi30k
from seqbench.errors import InputError
from tests.helpers.mirror import mirrored
from tests.helpers.places import MIRROR
from tests.helpers.refusals import refused


@mirrored
def test_pairs_are_the_published_ones() -> None:
    train, valid, test = multi30k.parts(2000, 200)
    assert [len(part.numbers) for part in (train, valid, test)] == [29_000, 1_014, 1_000]
    assert (np.concatenate([train.numbers, valid.numbers, test.numbers]) == np.arange(31_014)).all()
    pairs = [*zip(multi30k.sentences("de"), multi30k.sentences("en"), strict=True)]
    learned = set(pairs[:29_000])
    assert not learned & set(pairs[29_000:]) and not set(pairs[29_000:30_014]) & set(pairs[30_014:])
    with gzip.open(MIRROR / "multi30k/test_2016_flickr.de.gz", "rt", encoding="utf-8") as file:
        line = file.readline()
    assert line == "Ein Mann mit einem orangefarbenen Hut, der etwas anstarrt.\n"
    words = [*line.lower()[:-2].replace(",", " ,").split(), "."]
    assert list(pairs[30_014][0]) == words
    known = multi30k.vocabulary("de", 2000)
    row = test.source[:, 0]
    assert (row[:-11] == -1).all() and (row[-11:] >= 0).all()
    said = [known[s] for s in row[-11:]]
    assert [a == b or b == "<unk>" for a, b in zip(words, said, strict=True)] == [True] * 11
    assert said[:4] == words[:4] and (test.target[-150:, 0] == multi30k.END).all()


@mirrored
def test_long_pairs_are_left_out_of_train_only() -> None:
    train, valid, test = multi30k.parts(50, 25)
    assert [len(part.numbers) for part in (train, valid, test)] == [28_560, 1_014, 1_000]
    assert 29_000 - 28_560 == 440, "as the docstring of the task says"
    sources = multi30k.sentences("de")
    long = next(n for n in test.numbers if len(sources[n]) > 25)
    place = long - 30_014
    assert (test.source[:, place] >= 0).all(), "cut at its end"
    assert len(multi30k.whole("de", np.array([long]))[0].split()) > 25
    backwards = multi30k.parts(50, 25, True)[2].source
    for row, other in zip(test.source.T[:50], backwards.T[:50], strict=True):
        words = row[row >= 0]
        assert (other[25 - len(words) :] == words[::-1]).all()
        assert (other[: 25 - len(words)] == -1).all()


@mirrored
def test_vocabulary_is_of_train_and_by_frequency() -> None:
    words = multi30k.vocabulary("en", 300)
    assert words[:4] == ("<unk>", "<end>", "a", ".") and len(words) == 302
    counts = Counter(w for line in multi30k.sentences("en")[:29_000] for w in line)
    often = [counts[word] for word in words[2:]]
    assert often == sorted(counts.values(), reverse=True)[:300]
    with pytest.raises(InputError, match="Allowed: at most 9779"):
        multi30k.vocabulary("en", 9780)
    with pytest.raises(InputError, match="Allowed: at least 4"):
        multi30k.parts(50, 3)


def test_dictionary_of_a_small_world() -> None:
    """Kein Wort steht allein: which word is which follows from which occur together."""
    source = np.array([[2, 3], [2, 4], [3, 4], [2, 5]]).T  # das haus, das buch, haus buch, das kind
    target = np.array([[12, 13, 1], [12, 14, 1], [13, 14, 1], [12, 15, 1]]).T
    part = multi30k.Part(source, target, np.arange(4))
    assert multi30k.dictionary(part, 20)[2:6].tolist() == [12, 13, 14, 15]
    assert multi30k.dictionary(part, 20)[6] == multi30k.UNKNOWN


@mirrored
def test_word_by_word_beats_one_sentence() -> None:
    assert multi30k.blind(300, 8) < multi30k.word_by_word(300, 8) < 30


@pytest.mark.parametrize(
    "content", (b"", b"a b\n", b"a\nb", b"a\nb\nc\n", b"a\n\n", b"a\n \n", b"a\n\xff\n", b"a\n\0\n")
)
def test_other_lines_are_refused(content: bytes) -> None:
    assert multi30k.lines(Blob("multi30k: val", b"A b.\nc\n"), 2) == (("a", "b", "."), ("c",))
    refused(lambda: multi30k.lines(Blob("multi30k: val", content), 2))
