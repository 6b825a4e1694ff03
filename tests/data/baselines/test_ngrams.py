"""Bigrams against dictionaries."""

from math import exp

import numpy as np
import pytest

from seqbench.data.baselines import ngrams
from tests.helpers.by_hand import counted_bigram


def test_bigrams_against_dictionaries() -> None:
    draw = np.random.default_rng(0)
    train, test = (ngrams.follow(draw.geometric(0.3, n).clip(max=19)) for n in (3000, 500))
    train.past[train.past == 5] = 4  # so 5 is a past that was never seen
    assert ngrams.bigram(train, test, 20) == pytest.approx(counted_bigram(train, test, 20))


def test_a_bigram_model_is_a_distribution() -> None:
    train = ngrams.follow(np.random.default_rng(1).integers(0, 6, 200))
    for past in range(8):  # 6 and 7 never occur
        each = [
            ngrams.bigram(train, ngrams.Pairs(np.array([past]), np.array([now])), 8)
            for now in range(8)
        ]
        assert sum(exp(-nats) for nats in each) == pytest.approx(1)
