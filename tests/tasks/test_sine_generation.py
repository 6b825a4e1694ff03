"""Sine generation plays what it heard."""

import numpy as np
import pytest
import torch

from tests.helpers.signals import best_timed, draw


def test_sine_generation_plays_what_it_heard() -> None:
    task, batch = draw("sine_generation", 500)
    level = batch.x[0, :, 0].double()
    assert (batch.x[1:] == 0).all(), "said once"
    assert 0.25 <= level.min() < 0.27 and 1.23 < level.max() <= 1.25
    w = 0.1 + 0.5 * (level - 0.25)
    t = torch.arange(60, dtype=torch.float64)[:, None]
    torch.testing.assert_close(batch.y[..., 0].double(), torch.sin(w * t), rtol=0, atol=1e-4)
    assert task.lag == 59


@pytest.mark.parametrize("length", (20, 60, 200))
def test_sine_generation_chance_is_that_of_the_mean_wave(length: int) -> None:
    """In closed form: mean and mean square of sin wt for w uniform in .1 to .6."""
    task, batch = draw("sine_generation", 20_000, length=length)
    t = np.arange(1, length)
    mean = (np.cos(0.1 * t) - np.cos(0.6 * t)) / (0.5 * t)
    square = 0.5 - (np.sin(1.2 * t) - np.sin(0.2 * t)) / (2 * t)
    exact = float(np.sum(square - mean**2) / length)
    assert task.chance == pytest.approx(exact, rel=1e-4)
    assert task.chance == pytest.approx(best_timed(batch), rel=0.01)
