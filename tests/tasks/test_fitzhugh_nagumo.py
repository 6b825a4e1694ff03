"""The voltage of a model neuron."""

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from seqbench.tasks.fitzhugh_nagumo import DEVIATION, MEAN, STARTS, _voltages
from tests.helpers.signals import (
    FLOAT,
    asked_at,
    best_timed,
    draw,
    last_inputs,
    products,
    unexplained,
)


def neuron(_: float, state: FLOAT) -> list[float]:
    v, w = state
    return [v - v**3 / 3 - w + 0.5, 0.02 * (v + 0.7 - 0.8 * w)]


@pytest.mark.parametrize("start", (0, 400, STARTS - 1))
def test_voltages_solve_the_equations(start: int) -> None:
    """As scipy integrates them to ten digits, over a period and a half."""
    first = [np.linspace(-1, 1, STARTS)[start], 0.0]
    at = 0.4 * np.arange(450)
    exact = solve_ivp(neuron, (0, 180), first, t_eval=at, rtol=1e-10, atol=1e-10).y[0]
    found = _voltages(450)[:, start].double().numpy() * DEVIATION + MEAN
    assert np.abs(found - exact).max() < 1e-3


def test_what_is_asked_comes_later() -> None:
    task, batch = draw("fitzhugh_nagumo", 300, ahead=7)
    assert torch.equal(batch.y[:-7], batch.x[7:])
    assert batch.mask is not None and batch.mask[:, 0].tolist() == [0.0] * 5 + [1.0] * 95
    known = _voltages(306 + 100 + 7).T.unfold(1, 2, 1)[:, :306]  # starts, moments, 2
    for n in range(20):
        assert (known == batch.x[:2, n, 0]).all(-1).any(), "any start, within one period"


def test_no_step_tells_the_phase() -> None:
    task, batch = draw("fitzhugh_nagumo")
    assert best_timed(batch) == pytest.approx(task.chance, rel=0.02)


def test_marks_are_what_simple_predictors_leave() -> None:
    """Cubes of the last few voltages, as the docstring has it."""
    task, batch = draw("fitzhugh_nagumo")

    def left(count: int) -> float:
        shares = []
        for at in (20, 50, 80):
            seen = last_inputs(batch, at, count)
            pairs = products(seen)
            cubes = [one * two for k, one in enumerate(seen) for two in products(seen[k:])]
            shares.append(unexplained([*seen, *pairs, *cubes], asked_at(batch, at)))
        return float(np.mean(shares))

    assert left(1) > 0.07 and left(2) > 0.04
    assert left(5) < task.pass_mark / 4 < left(3) < task.pass_mark
