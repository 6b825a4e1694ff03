"""Parity, and parity after a delay."""

import pytest
import torch

from tests.helpers.sampling import drawn


def test_parity_turns_with_every_one() -> None:
    task, batch = drawn("parity", n=500)
    ones = batch.x[..., 0] > 0
    assert task.lag == len(ones) - 1 and batch.x.abs().eq(1).all()
    assert torch.equal(batch.y[0] == 1, ones[0])
    assert torch.equal(batch.y[1:] != batch.y[:-1], ones[1:])
    assert batch.mask is not None and not batch.mask[0].any() and batch.mask[1:].all()


def test_parity_needs_the_first_bit() -> None:
    _, batch = drawn("parity", n=2000)
    sign, rest = 1.0 - 2 * batch.y[1:], batch.x[1:, :, 0].cumprod(0)
    assert (rest * sign).mean(1).abs().max() < 0.1  # the parity of all others says nothing


@pytest.mark.parametrize(("delay", "bits"), ((5, 3), (1, 1), (2, 4)))
def test_delayed_parity(delay: int, bits: int) -> None:
    task, batch = drawn("delayed_parity", delay=delay, bits=bits, n=500)
    ones = batch.x[..., 0] > 0
    assert batch.x.abs().eq(1).all() and task.lag == delay + bits - 1
    assert batch.mask is not None and torch.equal(
        batch.mask.sum(1) > 0, torch.arange(50) >= task.lag
    )
    for t in range(task.lag, 50):
        window = ones[t - delay - bits + 1 : t - delay + 1]
        assert torch.equal(batch.y[t] == 1, window.sum(0) % 2 == 1)


def test_delayed_parity_needs_the_bit_that_lies_the_lag_back() -> None:
    task, batch = drawn("delayed_parity", n=500)
    sign = 1.0 - 2 * batch.y[task.lag :]
    u = batch.x[..., 0]
    short = torch.stack([u[k : k + len(sign)] for k in range(1, task.lag + 1)])
    for part in (*short, short[0] * short[1]):  # all bits but the oldest, and the rest's parity
        assert (part * sign).mean().abs() < 0.03
