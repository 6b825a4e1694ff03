"""Mackey-Glass solves its delay equation."""

import numpy as np
import pytest
import torch

from tests.helpers.signals import (
    FLOAT,
    asked_at,
    best_timed,
    draw,
    last_inputs,
    products,
    unexplained,
)


def mackey_glass(past: float, units: int, h: float = 0.02) -> FLOAT:
    """By Runge and Kutta's rule, the delayed value between two steps by a cubic through four."""
    delay, b = round(17 / h), 0.1
    x = [past] * (delay + 1)

    def gain(value: float) -> float:
        return 0.2 * value / (1 + value**10)

    for _ in range(round(units / h)):
        i = len(x) - 1 - delay
        before, old, new, after = x[max(i - 1, 0)], x[i], x[i + 1], x[min(i + 2, len(x) - 1)]
        half = gain((9 * (old + new) - before - after) / 16)
        k1 = gain(old) - b * x[-1]
        k2 = half - b * (x[-1] + h / 2 * k1)
        k3 = half - b * (x[-1] + h / 2 * k2)
        k4 = gain(new) - b * (x[-1] + h * k3)
        x.append(x[-1] + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return np.array(x[delay :: round(1 / h)][1 : units + 1])


@pytest.mark.parametrize("past", (0.5, 1.2, 1.5))
def test_mackey_glass_solves_the_delay_equation(past: float) -> None:
    """reservoirpy's is no oracle: it holds the delayed value for a whole step, and only steps of 1
    are possible, as it multiplies no more than the second term by the step.
    """
    from seqbench.tasks.mackey_glass import _integrate

    ours = _integrate(torch.tensor([past], dtype=torch.float64), 100)[:, 0].numpy()
    np.testing.assert_allclose(ours, mackey_glass(past, 100), rtol=5e-4)


def test_mackey_glass_is_standardized_and_tells_no_time() -> None:
    task, batch = draw("mackey_glass")
    assert abs(batch.y.mean()) < 0.02 and batch.y.var().item() == pytest.approx(1, rel=0.03)
    assert best_timed(batch) == pytest.approx(task.chance, rel=0.03)
    assert batch.x.min() > -2.4 and batch.x.max() < 1.8, "the attractor: .4 to 1.32"
    torch.testing.assert_close(batch.y[:85], batch.x[15:], rtol=0, atol=0)
    assert batch.mask is not None and (batch.mask.sum(0) == 100 - 17).all()


def test_mackey_glass_needs_the_whole_delay_and_products() -> None:
    task, batch = draw("mackey_glass")
    y, x = asked_at(batch, 99), last_inputs(batch, 99, 18)
    powers = [x[0] ** k for k in range(1, 8)]
    assert unexplained(powers, y) > 0.7, "one value is not enough"
    assert unexplained(x, y) == pytest.approx(0.24, abs=0.03)
    assert unexplained(x[::2] + products(x[::2]), y) < task.pass_mark == 0.02
    assert unexplained(x[:9:2] + products(x[:9:2]), y) > task.pass_mark, "nor is half the delay"


def test_mackey_glass_forecasts_as_far_as_it_is_told() -> None:
    _, batch = draw("mackey_glass", 5, ahead=84, length=120)
    torch.testing.assert_close(batch.y[:36], batch.x[84:], rtol=0, atol=0)
