"""NARMA follows its equation, and needs products."""

import numpy as np
import pytest
import torch
from reservoirpy import datasets
from torch import Generator

from tests.helpers.signals import FLOAT, asked_at, best_timed, draw, last_inputs, unexplained


def narma(u: FLOAT, order: int) -> FLOAT:
    """As the equation is written, one number at a time. (T,) -> (T,), y_1 to y_T"""
    y, past = np.zeros(len(u) + 1), lambda series, t: series[t] if t >= 0 else 0.0
    for t in range(len(u)):
        total = sum(past(y, t - i) for i in range(order))
        drive = 1.5 * past(u, t - order + 1) * u[t] + (0.1 if order == 10 else 0.01)
        y[t + 1] = 0.3 * y[t] + 0.05 * y[t] * total + drive
        y[t + 1] = np.tanh(y[t + 1]) if order == 20 else y[t + 1]
    return y[1:]


@pytest.mark.parametrize(
    ("order", "mean", "deviation"), ((10, 0.388, 0.1085), (20, 0.2027, 0.0936))
)
def test_narma_follows_its_equation(order: int, mean: float, deviation: float) -> None:
    """reservoirpy's narma differs: it sums y_{t-order} to y_{t-1} and takes u_{t-order} u_t."""
    _, batch = draw("narma", 20, order=order)
    assert batch.x.min() >= 0 and batch.x.max() <= 0.5 and batch.x.max() > 0.49
    for n in range(20):
        u = batch.x[:, n, 0].double().numpy()
        y = batch.y[:, n, 0].double().numpy() * deviation + mean
        np.testing.assert_allclose(y, narma(u, order), rtol=1e-4, atol=1e-5)
    _, y = datasets.narma(90, order, 0.3, 0.05, 1.5, 0.1, u=np.zeros((90 + order, 1)))
    if order == 10:  # without input both converge to the same rest
        assert y[-1, 0] == pytest.approx(narma(np.zeros(300), 10)[-1], rel=1e-6)


@pytest.mark.parametrize("order", (10, 20))
def test_narma_is_standardized_where_it_is_asked(order: int) -> None:
    task, batch = draw("narma", 20_000, order=order)
    assert batch.mask is not None
    assert batch.mask.sum(0).unique().tolist() == [100 - 3 * order]
    y = batch.y[3 * order :, :, 0]
    assert abs(y.mean()) < 0.03 and y.var().item() == pytest.approx(1, rel=0.03)
    assert best_timed(batch) == pytest.approx(task.chance, rel=0.03), "the time does not help"


def test_narma_that_diverges_is_drawn_again() -> None:
    task, batch = draw("narma", 20_000, length=150)
    untamed = task._follow(torch.rand(150, 20_000, generator=Generator().manual_seed(1)) / 2)
    share = (~(untamed <= 1).all(0)).float().mean().item()
    assert 5e-4 < share < 5e-3, "it does happen"
    assert untamed.max() > 1e6 or not untamed.isfinite().all()
    assert (batch.y * 0.1085 + 0.388).max() <= 1 + 1e-5
    assert batch.x.shape == (150, 20_000, 1)


@pytest.mark.parametrize("order", (10, 20))
def test_narma_needs_products_and_two_orders(order: int) -> None:
    task, batch = draw("narma", 8_000, order=order)

    def left(count: int, *, multiplied: bool) -> float:
        x = last_inputs(batch, 99, count)
        pairs = [a * b for a, b in zip(x, x[order - 1 :], strict=False)] if multiplied else []
        return unexplained(x + pairs, asked_at(batch, 99))

    assert left(3 * order, multiplied=False) > 3 * task.pass_mark
    assert left(order, multiplied=True) > 4 * task.pass_mark
    assert left(task.lag + 1, multiplied=True) < task.pass_mark
    assert task.lag == 2 * order - 1
