"""The Lorenz attractor."""

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from tests.helpers.signals import (
    FLOAT,
    asked_at,
    best_timed,
    draw,
    last_inputs,
    products,
    unexplained,
)


def lorenz(_: float, state: FLOAT) -> list[float]:
    x, y, z = state
    return [10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z]


def test_lorenz_solves_the_equations() -> None:
    """One sample further, as scipy integrates it to ten digits."""
    from seqbench.tasks.lorenz import DEVIATION, MEAN

    _, batch = draw("lorenz", 30)
    states = torch.cat([batch.x, batch.y], -1).double().numpy() * DEVIATION[:, 0] + MEAN[:, 0]
    worst = 0.0
    for n in range(30):
        for t in (0, 20, 40):
            exact = solve_ivp(lorenz, (0, 0.05), states[t, n], rtol=1e-10, atol=1e-10).y[:, -1]
            worst = max(worst, float(np.abs(states[t + 1, n] - exact).max()))
    assert worst < 0.01, "of coordinates of about 10"


def test_lorenz_constants_obey_the_balances_of_the_attractor() -> None:
    """What is constant on average does not change: <x^2> = b <z>, <y^2> = b (28 <z> - <z^2>)."""
    from seqbench.tasks.lorenz import DEVIATION, MEAN

    z, (sx, sy, sz) = MEAN[2, 0], DEVIATION[:, 0]
    assert sx**2 == pytest.approx(8 / 3 * z, rel=5e-3)
    assert sy**2 == pytest.approx(8 / 3 * (28 * z - z**2 - sz**2), rel=5e-3)


def test_lorenz_is_standardized_and_tells_no_time() -> None:
    task, batch = draw("lorenz")
    both = torch.cat([batch.x, batch.y], -1)
    assert both.mean((0, 1)).abs().max() < 0.05
    assert (both.var((0, 1)) - 1).abs().max() < 0.04
    assert best_timed(batch) == pytest.approx(task.chance, rel=0.03)
    assert batch.mask is not None and (batch.mask.sum(0) == 50).all()


def test_lorenz_needs_the_last_values_of_x() -> None:
    task, batch = draw("lorenz")
    x = last_inputs(batch, 59, task.lag + 1)

    def left(features: list[FLOAT]) -> float:
        return float(np.mean([unexplained(features, asked_at(batch, 59, k)) for k in (0, 1)]))

    assert left([x[0] ** k for k in range(1, 8)]) == pytest.approx(0.4, abs=0.03)
    assert left(x) > 0.4, "z has no sign to tell"
    assert left(x[:3] + products(x[:3])) > task.pass_mark
    assert left(x + products(x)) < task.pass_mark
    assert task.lag == 5
