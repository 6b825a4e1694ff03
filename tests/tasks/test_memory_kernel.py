"""Weighted sums of the past."""

from math import cos, exp, pi

import numpy as np
import pytest
import torch

from seqbench.tasks.memory_kernel import MemoryKernel
from tests.helpers.sampling import drawn, stream

FORMULAS = {
    "exponential": lambda s: exp(-s / 5),
    "polynomial": lambda s: 1 / (1 + s / 5),
    "delayed": lambda s: exp(-((s - 5) ** 2) / 2),
    "oscillating": lambda s: exp(-s / 5) * cos(2 * pi * s / 5),
}


@pytest.mark.parametrize("kernel", FORMULAS)
def test_answers_are_weighted_sums_of_the_past(kernel: str) -> None:
    task, batch = drawn("memory_kernel", kernel=kernel, length=30, span=12, scale=5.0, n=20)
    r = [FORMULAS[kernel](s) for s in range(1, 13)]
    size = sum(weight**2 for weight in r) ** 0.5
    assert task.lag == 12 and batch.mask is not None
    assert batch.mask[:, 0].tolist() == [0.0] * 12 + [1.0] * 18
    for t in range(12, 30):
        expected = sum(weight / size * batch.x[t - s] for s, weight in enumerate(r, 1))
        torch.testing.assert_close(batch.y[t], torch.as_tensor(expected), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kernel", FORMULAS)
def test_chance_is_the_variance(kernel: str) -> None:
    task, batch = drawn("memory_kernel", kernel=kernel)
    assert task.chance == pytest.approx(batch.y[40:].var().item(), rel=0.02)
    assert batch.y[40:].mean().abs() < 0.02


def left_by_one_leaking_unit(kernel: str) -> float:
    """The squared error of the best h_t = keep h_{t-1} + x_{t-1}, read with the best weight."""
    task = MemoryKernel(kernel=kernel)  # type: ignore[arg-type]
    batch = task.sample(200, stream(0))
    x, y = batch.x[..., 0].double().numpy(), batch.y[40:, :, 0].double().numpy()
    errors = []
    for keep in np.linspace(0.5, 0.99, 50):
        h, states = np.zeros(200), []
        for step in x:
            states.append(h)
            h = keep * h + step
        h = np.stack(states)[40:]
        errors.append(float(np.mean((y - h * (h * y).sum() / (h * h).sum()) ** 2)))
    return min(errors)


def test_what_one_leaking_unit_can_do() -> None:
    """It is enough for the exponential kernel, and for that one only."""
    left = {kernel: left_by_one_leaking_unit(kernel) for kernel in FORMULAS}
    mark = MemoryKernel().pass_mark
    assert left["exponential"] < mark / 10
    assert mark < left["polynomial"] < left["oscillating"] < 1 and left["delayed"] > 0.8
