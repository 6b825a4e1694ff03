"""Variable copy and noiseless memorization."""

import pytest
import torch

from tests.helpers.sampling import MANY, drawn


def test_variable_copy_layout() -> None:
    task, batch = drawn("variable_copy", length=7)
    tokens = batch.x.argmax(-1)
    assert batch.x.shape == (28, MANY, 10) and (batch.x.sum(-1) == 1).all()
    assert ((tokens == 9).sum(0) == 1).all()
    go = (tokens == 9).int().argmax(0)
    delays = go - 10
    assert delays.unique().tolist() == list(range(1, 8)), "1 to T"
    assert delays.bincount(minlength=8)[1:].min() > 0.9 * MANY / 7, "all alike"
    for n in range(50):
        answer = batch.y[int(go[n]) + 1 : int(go[n]) + 11, n]
        assert torch.equal(answer, tokens[:10, n]), "the answer follows the go symbol"
    silent = tokens.masked_fill(torch.arange(28)[:, None] < 10, 0).masked_fill(tokens == 9, 0)
    assert (silent == 0).all()
    assert batch.scored is not None and torch.equal(batch.scored > 0, batch.y > 0)
    assert ((batch.y > 0).sum(0) == 10).all()
    assert int(delays.max()) + 11 == task.lag, "from a symbol to its answer"


def test_noiseless_memorization_layout() -> None:
    task, batch = drawn("noiseless_memorization", length=7, n=300)
    tokens = batch.x.argmax(-1)
    assert batch.x.shape == (27, 300, 7) and (batch.x.sum(-1) == 1).all()
    assert tokens[:10].unique().tolist() == [1, 2, 3, 4, 5]
    assert (tokens[10:17] == 0).all() and (tokens[17] == 6).all() and (tokens[18:] == 0).all()
    assert (batch.y[:17] == 0).all()
    assert torch.equal(batch.y[17:], tokens[:10]), "answers begin at the go symbol"
    assert task.lag == 17 and batch.mask is None and batch.scored is None


def test_noiseless_memorization_forgives_nothing() -> None:
    task, batch = drawn("noiseless_memorization", n=10)
    right = task.encode(batch).float()
    for step in (0, 20, len(right) - 1):  # blanks count as well
        wrong = right.clone()
        wrong[step, :3] = wrong[step, :3].roll(1, -1)
        assert task.score(wrong, batch).item() == pytest.approx(0.7)
    assert task.chance == pytest.approx(5**-10)
