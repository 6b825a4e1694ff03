"""The forecast of exchange rates, judged in rates."""

import pytest
import torch
from torch import Tensor

from seqbench.data.sets import exchange_rate
from tests.helpers.mirror import mirrored
from tests.helpers.series import held_out, load, random


def lstnet_rse(said: Tensor, right: Tensor) -> float:
    """As its code computes it: sums of squares, and a deviation over all numbers at once."""
    total = ((said - right) ** 2).sum().item()
    deviation = right.std().item() * ((len(right) - 1) / len(right)) ** 0.5
    return (total / right.numel()) ** 0.5 / deviation


@mirrored
def test_exchange_rate_is_judged_in_rates() -> None:
    task = load("exchange_rate")
    test = held_out(task)
    mean, deviation = map(torch.tensor, exchange_rate.scale())
    rates = test.y[0] * deviation + mean
    for outputs in (test.x[-1:], test.y + 0.1 * random(*test.y.shape)):
        expected = lstnet_rse(outputs[0] * deviation + mean, rates)
        assert task.score(outputs, test).item() == pytest.approx(expected, rel=1e-3)
    assert task.score(test.x[-1:], test).item() == pytest.approx(task.chance, rel=1e-4)
    assert task.chance == pytest.approx(0.0171, abs=1e-4)


@mirrored
def test_change_and_rate_are_judged_alike() -> None:
    """The same forecast, said as rates and as changes, has the same score; no change is chance."""
    rate, change = load("exchange_rate", past=9), load("exchange_rate", past=9, target="change")
    as_rate, as_change = held_out(rate), held_out(change)
    assert torch.equal(as_rate.x, as_change.x)
    moved = random(*as_change.y.shape)
    unit = torch.tensor(exchange_rate.change(3)).float()
    score = change.score(moved, as_change).item()
    assert rate.score(as_rate.x[-1:] + moved * unit, as_rate).item() == pytest.approx(
        score, rel=1e-3
    )
    assert change.score(0 * moved, as_change).item() == pytest.approx(change.chance, rel=1e-4)
    train = change.splits().train.y
    torch.testing.assert_close(train.square().mean((0, 1)), torch.ones(8), rtol=0.02, atol=0)


@mirrored
def test_exchange_rate_is_judged_from_pieces() -> None:
    """Decisions piece by piece, then all at once, for a stack of trials."""
    task = load("exchange_rate", past=5)
    test = held_out(task)
    outputs = test.y + 0.1 * random(3, *test.y.shape)
    said = torch.cat([task.decide(piece, test) for piece in outputs.split(256, -2)], -1)
    together = task.judge(said, test)
    assert together.shape == (3,)
    torch.testing.assert_close(together, task.score(outputs, test))
    alone = torch.stack([task.score(trial, test) for trial in outputs])
    torch.testing.assert_close(together, alone)
