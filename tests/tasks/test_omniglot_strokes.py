"""The task on drawings is judged by place."""

import pytest
import torch

from seqbench import registry
from seqbench.errors import InputError
from tests.helpers.mirror import few, given, mirrored


@mirrored
def test_pictures_come_first_and_paths_are_judged_by_place() -> None:
    task, batch = few("omniglot_strokes", 20)
    assert (batch.x[1:] == 0).all() and (batch.x[0].sum(-1) > 0).all()
    assert (batch.y[0, :, 2] == 1).all(), "every drawing begins with the pen being set down"
    moved = batch.y + torch.tensor([0.1, 0.0, 0.5])
    assert task.score(moved, batch).item() == pytest.approx(0.005, rel=1e-4)
    assert task.loss(moved, batch).item() == pytest.approx(0.26 / 3, rel=1e-4)
    assert task.measures(batch.y, batch)["pen_errors"].item() == 0
    lifted = batch.y * torch.tensor([1.0, 1, 0])
    share = batch.y[..., 2].mean().item()
    assert task.measures(lifted, batch)["pen_errors"].item() == pytest.approx(share)


@mirrored
def test_mean_path_is_the_chance_of_drawing() -> None:
    task, splits = given("omniglot_strokes")
    blind = splits.train.y.mean(1, keepdim=True).expand_as(splits.test.y)
    assert task.score(blind, splits.test).item() == pytest.approx(task.chance, rel=1e-4)
    constant = splits.train.y.mean((0, 1)).expand_as(splits.test.y)
    assert task.score(constant, splits.test).item() > task.chance


@pytest.mark.parametrize("side", (28, 2, 106))
def test_pictures_are_reduced_by_whole_blocks(side: int) -> None:
    with pytest.raises(InputError, match="Allowed: a divisor of 105"):
        registry.load_task("omniglot_strokes", {"side": side})
