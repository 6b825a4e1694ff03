"""Memory capacity: every delay is asked for."""

import numpy as np
import pytest
import torch
from reservoirpy import observables
from torch import Generator

from tests.helpers.signals import draw


def test_delay_memory_asks_for_every_delay() -> None:
    task, batch = draw("delay_memory", 50, length=30, delays=7)
    assert batch.mask is not None and (batch.mask[:7] == 0).all() and (batch.mask[7:] == 1).all()
    for k in range(1, 8):
        assert torch.equal(batch.y[7:, :, k - 1], batch.x[7 - k : 30 - k, :, 0])
    assert task.lag == 7 and task.perfect == 7


def test_capacity_is_the_sum_of_squared_correlations() -> None:
    task, batch = draw("delay_memory", 40)
    outputs = batch.y + torch.randn(batch.y.shape, generator=Generator().manual_seed(1))
    pairs = [(outputs[20:, :, k].flatten(), batch.y[20:, :, k].flatten()) for k in range(20)]
    expected = sum(np.corrcoef(a.numpy(), b.numpy())[0, 1] ** 2 for a, b in pairs)
    assert task.score(outputs, batch).item() == pytest.approx(expected, rel=1e-5)
    # neither scale nor shift nor sign of an output matters, but each output is its own
    assert task.score(3 - 7 * outputs, batch).item() == pytest.approx(expected, rel=1e-5)
    for constant in (0.0, 1.0, 1e-3, -1e6):
        assert task.score(torch.full_like(batch.y, constant), batch).item() < 1e-12
    assert torch.isnan(task.score(torch.full_like(batch.y, torch.nan), batch))


def test_a_linear_network_of_eight_units_holds_eight_delays() -> None:
    """Jaeger's bound, and that a ring of N linear units attains it (nearly: it has to forget)."""
    task, batch = draw("delay_memory", 400)
    random = np.random.default_rng(0)
    ring = 0.7 * np.roll(np.eye(8), 1, 0)
    state, states = np.zeros((400, 8)), []
    entry = random.choice([-1.0, 1.0], 8)
    for x in batch.x[..., 0].double().numpy():
        state = state @ ring.T + x[:, None] * entry
        states.append(state)
    Z = np.stack(states)[20:].reshape(-1, 8)
    Y = batch.y[20:].reshape(-1, 20).double().numpy()
    said = Z @ np.linalg.lstsq(Z, Y, rcond=None)[0]
    outputs = torch.zeros(batch.y.shape, dtype=torch.float64)
    outputs[20:] = torch.from_numpy(said.reshape(60, 400, 20))
    capacity = task.score(outputs, batch).item()
    assert 7.0 < capacity < 8.1


def test_capacity_agrees_with_reservoirpy() -> None:
    """Its definition of one delay's share, on a noisy delayed series."""
    task, batch = draw("delay_memory", 300, length=40, delays=2)
    outputs = batch.y + 0.5 * torch.randn(batch.y.shape, generator=Generator().manual_seed(2))
    shares = [
        observables.rsquare(  # of the best linear fit, which is the squared correlation
            truth := batch.y[2:, :, k].flatten().double().numpy(),
            np.polyval(np.polyfit(said := outputs[2:, :, k].flatten().numpy(), truth, 1), said),
        )
        for k in range(2)
    ]
    assert task.score(outputs, batch).item() == pytest.approx(sum(shares), rel=1e-4)
