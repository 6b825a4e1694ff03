"""chrF and BLEU are the published ones, and what a blind sentence is worth."""

import numpy as np
import pytest

from seqbench.data.baselines import overlap
from tests.helpers.by_hand import counted_chrf


def test_chrf_is_the_published_one() -> None:
    said, meant = ["red heart", "the clock face"], ["blue heart", "clock at nine"]
    assert overlap.chrf(said, meant) == pytest.approx(counted_chrf(said, meant), rel=1e-6)
    assert overlap.chrf(meant, meant) == pytest.approx(100) and overlap.chrf(["", ""], meant) == 0


def test_bleu_is_the_published_one() -> None:
    """By hand: of 6 words 5 are meant, of 5 pairs 3, of 4 triples 2, of 3 runs of four 1."""
    said, meant = ["the cat sat on a mat"], ["the cat sat on the mat ."]
    by_hand = 100 * np.exp(1 - 7 / 6) * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** (1 / 4)
    assert overlap.bleu(said, meant) == pytest.approx(by_hand)
    assert overlap.bleu(meant, meant) == pytest.approx(100)


def test_the_blind_sentence_is_the_best_one() -> None:
    sentences = [
        "a man in a blue shirt is on a ladder .",
        "a man in a red shirt is on a horse .",
        "two dogs run .",
        "a man in a blue shirt is asleep .",
    ]
    best = max(sentences, key=lambda text: overlap.bleu([text] * 4, sentences))
    assert overlap.blind_bleu(sentences) == best


def test_whoever_does_not_look_is_corrected_to_nothing() -> None:
    names = [f"{color} {thing}" for color in ("red", "blue", "green") for thing in "abcdefgh"]
    assert overlap.corrected_chrf(["red face with tears"] * 24, names) == pytest.approx(0, abs=1e-9)
    assert overlap.chrf(["red face with tears"] * 24, names) > 5
    assert overlap.corrected_chrf(names, names) == pytest.approx(100)
    half = [name if n % 2 else "" for n, name in enumerate(names)]
    assert 30 < overlap.corrected_chrf(half, names) < 70
    rotations = [2, 4, 6, 8, 10, 13, 15, 17, 19, 21]  # k * 24 // 11
    said = names[3:] + names[:3]
    others = np.mean([overlap.chrf(said, names[k:] + names[:k]) for k in rotations])
    by_hand = 100 * (overlap.chrf(said, names) - others) / (100 - others)
    assert overlap.corrected_chrf(said, names) == pytest.approx(by_hand)
    assert overlap.corrected_chrf(["a"], ["a"]) == pytest.approx(100)
