"""The random permutation problem."""

from math import log

import pytest
import torch

from tests.helpers.sampling import drawn


@pytest.mark.parametrize("variant", ("pascanu13", "martens11"))
def test_random_permutation(variant: str) -> None:
    task, batch = drawn(f"random_permutation@{variant}", length=20, n=4000)
    tokens = batch.x.argmax(-1)
    assert batch.x.shape == (20, 4000, 100)
    assert tokens[0].unique().tolist() == [0, 1] and tokens[1:].unique().tolist() == [
        *range(2, 100)
    ]
    assert torch.equal(batch.y[:-1], tokens[1:]), "the next symbol"
    assert torch.equal(batch.y[-1], tokens[-1 - task.lag]), "the last answer is the first symbol"
    assert batch.scored is not None and (batch.scored[:-1] == 0).all()
    assert (batch.scored[-1] == 1).all()
    trained = batch.mask is None or (batch.mask[:-1] > 0).any()
    assert trained == (variant == "martens11"), "all answers, or the last only"


def test_random_permutation_loss_of_guessing() -> None:
    """ln 2 where the last answer alone is trained; else ln 98 of noise before it."""
    for variant, expected in (("pascanu13", log(2)), ("martens11", (19 * log(98) + log(2)) / 20)):
        task, batch = drawn(f"random_permutation@{variant}", length=20, n=50)
        outputs = torch.full((20, 50, 100), -100.0)
        outputs[:-1, :, 2:] = 0
        outputs[-1, :, :2] = 0
        assert task.loss(outputs, batch).item() == pytest.approx(expected, rel=1e-4)
