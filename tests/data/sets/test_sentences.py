"""Sentences: as published, with the leaks that they are known for."""

from collections import Counter
from math import log

import numpy as np
import pytest

from seqbench.data.sets import sentences
from tests.helpers.mirror import mirrored, raw


@mirrored
def test_sst2_is_as_published() -> None:
    parts = sentences.parts("sst2", 20_000)
    assert [len(part.classes) for part in parts[:3]] == [6920, 872, 1821]
    assert len(parts.symbols) == 14_829 and parts.symbols[0] == "<unk>"
    lines = raw("sentiment/stsa.binary.train").splitlines()
    for n in (0, 17, 6919):
        said = " ".join(parts.symbols[k] for k in parts.train.sentences[n])
        assert f"{parts.train.classes[n]} {said}" == lines[n]


@mirrored
def test_sst2_s_own_leak_is_what_the_docstring_says() -> None:
    train, valid, test = (
        {line[2:] for line in raw(f"sentiment/stsa.binary.{part}").splitlines()}
        for part in ("train", "dev", "test")
    )
    assert len(train & test) == 2 and not train & valid and not valid & test


@mirrored
def test_folds_are_the_whole_and_share_nothing() -> None:
    lines = [" ".join(s.split()) for e in ("neg", "pos") for s in raw(f"sentiment/rt-polarity.{e}").split("\n") if s]  # fmt: skip  # noqa: E501
    sizes = np.bincount([sentences.fold_of(line) for line in lines], minlength=10)
    assert sizes.sum() == 10_662 and sizes.min() > 950 and len(set(lines)) == 10_662
    for fold in (0, 9):
        train, valid, test, _ = sentences.parts("rt_polarity", 30_000, fold)
        assert len(test.classes) == sizes[fold] and len(valid.classes) == sizes[(fold + 1) % 10]
        assert len(train.classes) + len(valid.classes) + len(test.classes) == 10_662
        assert 0.45 < test.classes.mean() < 0.55
    assert len(sentences.parts("rt_polarity", 10)[0].classes) == 8542


@mirrored
def test_bag_of_words_by_hand() -> None:
    train, _, test, _ = sentences.parts("sst2", 10_000)
    seen = [Counter(w for s, k in zip(*train, strict=True) if k == own for w in set(s.tolist())) for own in (0, 1)]  # fmt: skip  # noqa: E501
    total = [c.total() + 10_000 for c in seen]
    odds = {w: log((seen[1][w] + 1) / total[1] * total[0] / (seen[0][w] + 1)) for w in range(1, 10_000)}  # fmt: skip  # noqa: E501
    bias = log(train.classes.sum() / (1 - train.classes).sum())
    said = [bias + sum(odds.get(w, 0) for w in set(s.tolist())) > 0 for s in test.sentences]
    assert sentences.naive_bayes("sst2", 10_000) == pytest.approx(np.mean(said == test.classes))
    assert sentences.majority("sst2") == pytest.approx(912 / 1821)
