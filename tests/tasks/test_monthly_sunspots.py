"""The forecast of monthly sunspots."""

import numpy as np
import pytest
import torch

from seqbench.data.sets import monthly_sunspots
from tests.helpers.mirror import mirrored
from tests.helpers.series import held_out, load


@mirrored
def test_sunspots_chance_and_pass_mark() -> None:
    task = load("monthly_sunspots")
    test = held_out(task)
    assert test.mask is not None and test.mask.sum() == 282
    assert task.score(test.x, test).item() == pytest.approx(task.chance, rel=1e-4)
    numbers = monthly_sunspots.standardized()
    rows = np.array([[*numbers[month - 24 : month], 1] for month in range(24, 2820)])
    weights = np.linalg.lstsq(rows[: 2256 - 24], numbers[24:2256], rcond=None)[0]
    errors = np.square(rows @ weights - numbers[24:])[2538 - 24 :]
    assert task.pass_mark == pytest.approx(errors.mean(), rel=0.01)
    assert torch.equal(test.x[1:], test.y[:-1])
