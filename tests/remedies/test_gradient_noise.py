"""Gradient noise has the variance that it says, from its own stream."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from seqbench import registry
from tests.helpers.remedies import at, draw, same
from tests.helpers.weights import CHANCE


@pytest.mark.parametrize(("step", "variance"), [(0, 0.3), (999, 0.3 / 1000**0.55)])
def test_gradient_noise_has_the_variance_it_says(step: int, variance: float) -> None:
    cell, remedy = registry.load_cell("gru"), registry.load_remedy("gradient_noise", {"eta": 0.3})
    grads, spot = draw(cell), replace(at(cell), step=step)
    noise = [remedy.transform(grads, {}, spot) for _ in range(100)]
    drawn = np.concatenate([(n[k] - g).flatten() for n in noise for k, g in grads.items()])
    assert stats.kstest(drawn, stats.norm(0, variance**0.5).cdf).pvalue > CHANCE
    assert drawn.var() == pytest.approx(variance, rel=0.03)


def test_gradient_noise_is_the_streams_and_no_other() -> None:
    cell, remedy = registry.load_cell("gru"), registry.load_remedy("gradient_noise")
    grads = draw(cell)
    one, again, other = (remedy.transform(grads, {}, at(cell, seed)) for seed in (1, 1, 2))
    assert same(one, again) and not same(one, other)
    quiet = registry.load_remedy("gradient_noise", {"eta": 0.0})
    assert same(quiet.transform(grads, {}, at(cell)), grads)
