"""Regular languages: even pairs, arithmetic and a ring, each against a few lines of Python."""

from itertools import pairwise

import pytest
import torch

from tests.helpers.sampling import drawn


def test_even_pairs_counts_where_neighbors_differ() -> None:
    task, batch = drawn("even_pairs", length=9, n=300)
    for n in range(300):
        text = "".join("ab"[int(u > 0)] for u in batch.x[:, n, 0])
        pairs = sum(a + b in ("ab", "ba") for a, b in pairwise(text))
        assert batch.y[0, n] == pairs % 2
    assert batch.x.abs().eq(1).all() and task.lag == 8


def test_even_pairs_need_both_ends() -> None:
    _, batch = drawn("even_pairs", length=9)
    odd = 2.0 * batch.y - 1
    assert (batch.x[..., 0] * odd).mean(1).abs().max() < 0.05, "no letter alone says anything"
    assert torch.equal(batch.x[0, :, 0] * batch.x[8, :, 0], -odd[0])


@pytest.mark.parametrize("modulus", (2, 5))
def test_arithmetic_is_what_python_says(modulus: int) -> None:
    task, batch = drawn("modular_arithmetic", numbers=6, modulus=modulus, n=500)
    words = [*map(str, range(modulus)), "+", "-", "*"]
    assert (batch.x.sum(-1) == 1).all() and task.lag == 10
    for n in range(500):
        text = "".join(words[k] for k in batch.x[:, n].argmax(-1))
        assert batch.y[0, n] == eval(text) % modulus
    assert batch.x[1::2, :, modulus:].mean((0, 1)).tolist() == pytest.approx([1 / 3] * 3, abs=0.03)


def test_a_walk_ends_where_its_moves_lead() -> None:
    task, batch = drawn("cycle_navigation", length=7, n=500)
    for n in range(500):
        walk = "".join(".><"[k] for k in batch.x[:, n].argmax(-1))
        assert batch.y[0, n] == (walk.count(">") - walk.count("<")) % 5
    assert set(batch.y[0].tolist()) == set(range(5)) and task.lag == 6


def test_reverse_string_says_the_last_first() -> None:
    task, batch = drawn("reverse_string", length=6, n=300)
    for n in range(300):
        tokens = batch.x[:, n].argmax(-1).tolist()
        assert tokens[6:] == [5] * 6 and max(tokens[:6]) < 5
        assert batch.y[6:, n].tolist() == tokens[:6][::-1]
    assert batch.mask is not None and batch.mask[:, 0].tolist() == [0.0] * 6 + [1.0] * 6
    assert task.lag == 11, "the last answer is the first symbol"


def test_bucket_sort_sorts() -> None:
    task, batch = drawn("bucket_sort", length=6, n=300)
    for n in range(300):
        tokens = batch.x[:, n].argmax(-1).tolist()
        assert tokens[6:] == [5] * 6 and max(tokens[:6]) < 5
        assert batch.y[6:, n].tolist() == sorted(tokens[:6])
    assert batch.mask is not None and batch.mask[:, 0].tolist() == [0.0] * 6 + [1.0] * 6
    assert task.lag == 11


def test_induction_names_what_followed_the_rare_symbol() -> None:
    task, batch = drawn("induction", length=7, symbols=4)
    tokens = batch.x.argmax(-1)
    assert task.lag == 5 and (tokens[-1] == 4).all() and ((tokens == 4).sum(0) == 2).all()
    for n in range(300):
        words = tokens[:, n].tolist()
        assert batch.y[0, n] == words[words.index(4) + 1] != 4
    first = (tokens[:-1] == 4).float().mean(1)
    assert first.tolist() == pytest.approx([0.2] * 5 + [0.0], abs=0.02), "anywhere"
