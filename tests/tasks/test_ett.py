"""The forecast of transformer temperatures."""

import numpy as np
import pytest
import torch
from torch import Tensor

from seqbench.task import Batch
from tests.helpers.mirror import mirrored
from tests.helpers.series import held_out, load


@mirrored
@pytest.mark.parametrize("knobs", ({}, {"variables": "OT"}, {"horizon": 48, "past": 24}))
def test_ett_chance_is_the_better_naive_forecast(knobs: dict[str, object]) -> None:
    task = load("ett", **knobs)
    splits = task.splits()
    assert splits
    test = splits.test

    def again(part: Batch) -> Tensor:
        return part.x[-1].repeat(1, task.outputs // task.inputs)[None]

    last, constant = again(test), test.y.mean(1, keepdim=True).expand_as(test.y)
    naive = (task.score(said, test).item() for said in (last, constant))
    assert task.chance == pytest.approx(min(naive), rel=1e-4)
    assert task.measures(last, test)["mae"].item() == pytest.approx(
        float((last - test.y).abs().mean()), rel=1e-5
    )


@mirrored
def test_ett_answers_follow_their_window() -> None:
    test = held_out(load("ett"))
    days = test.y[0].unflatten(-1, (24, 7))
    assert torch.equal(days[0, 1:], days[1, :-1])
    assert torch.equal(days[:-96, 0], test.x[-1, 1:-95]), "the next window ends with what was asked"


@mirrored
def test_ett_pass_mark_is_a_linear_forecast() -> None:
    task = load("ett", variables="OT")
    splits = task.splits()
    assert splits
    seen, asked = (
        np.column_stack([part.x[..., 0].T.numpy(), np.ones(len(part))]).astype(float)
        for part in (splits.train, splits.test)
    )
    weights = np.linalg.lstsq(seen, splits.train.y[0].numpy().astype(float), rcond=None)[0]
    error = np.square(asked @ weights - splits.test.y[0].numpy()).mean()
    assert task.pass_mark == pytest.approx(error, rel=0.01)


@mirrored
def test_ett_is_thinned_in_train_and_valid_only() -> None:
    whole, thin = load("ett").splits(), load("ett", every=10).splits()
    assert whole and thin and [len(part) for part in thin] == [853, 286, 2857]
    assert torch.equal(whole.train.x[:, ::10], thin.train.x)
    assert torch.equal(whole.test.y, thin.test.y)
