"""Texts: in order, of their published sizes, spelled right."""

from math import exp

import numpy as np
import pytest

from seqbench.data.baselines import ngrams
from seqbench.data.sets import ptb, tinyshakespeare
from tests.helpers.by_hand import counted_bigram
from tests.helpers.mirror import mirrored, raw


@mirrored
def test_shakespeare_is_split_in_order_and_spelled_right() -> None:
    text, parts = raw("tinyshakespeare/input.txt"), tinyshakespeare.parts()
    assert [len(part) for part in parts] == [1_003_854, 55_770, 55_770]
    assert "".join(tinyshakespeare.ALPHABET[k] for k in np.concatenate(parts)) == text
    assert sorted(set(text)) == list(tinyshakespeare.ALPHABET)
    assert len(tinyshakespeare.ALPHABET) == 65


@mirrored
def test_ptb_has_its_published_sizes() -> None:
    words, letters = ptb.words(ptb.WORDS), ptb.characters()
    assert [len(part) for part in words[:3]] == [929_589, 73_760, 82_430]
    assert [len(part) for part in letters[:3]] == [5_017_482, 393_042, 442_423]
    assert len(words.symbols) == 10_000 and len(letters.symbols) == 50
    assert {k for part in letters[:3] for k in np.unique(part)} == set(range(50))


@mirrored
def test_ptb_decodes_to_its_file() -> None:
    lines = [line.split() for line in raw("ptb/ptb.test.txt").splitlines()]
    words, letters = ptb.words(ptb.WORDS), ptb.characters()
    said = " ".join(words.symbols[k] for k in words.test)
    assert said == " ".join(" ".join([*line, "<eos>"]) for line in lines)
    spelled = "".join(letters.symbols[k] for k in letters.test)
    assert spelled == "".join("_".join(line) + "\n" for line in lines)


@mirrored
def test_a_smaller_vocabulary_is_the_frequent_end_of_the_larger() -> None:
    large, small = ptb.words(ptb.WORDS), ptb.words(1000)
    assert small.symbols == large.symbols[:1000]
    counts = np.bincount(large.train)
    assert (np.diff(counts) <= 0).all() and "<unk>" in small.symbols
    unknown = small.symbols.index("<unk>")
    assert np.array_equal(small.test, np.where(large.test < 1000, large.test, unknown))


@mirrored
def test_language_baselines_by_hand() -> None:
    train, _, test = (ngrams.follow(part[:20_000]) for part in tinyshakespeare.parts())
    assert ngrams.bigram(train, test, 65) == pytest.approx(counted_bigram(train, test, 65))
    assert exp(ptb.nats(0, ptb.WORDS)) == pytest.approx(561, abs=1)
    assert exp(ptb.nats(1, ptb.WORDS)) == pytest.approx(194, abs=1)
