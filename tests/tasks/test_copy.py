"""The copy problem and its variants."""

from math import log

import pytest
import torch
from torch.nn import functional

from seqbench import registry
from tests.helpers.sampling import stream


@pytest.mark.parametrize("variant", ("arjovsky16", "lezcano19"))
def test_copy_layout(variant: str) -> None:
    task = registry.load_task(f"copy@{variant}", {"length": 7})
    batch = task.sample(50, stream(0))
    tokens, y = batch.x.argmax(-1), batch.y
    assert batch.x.shape == (27, 50, 10) and (batch.x.sum(-1) == 1).all()
    assert tokens[:10].min() >= 1 and tokens[:10].max() == 8
    go = 16 if variant == "arjovsky16" else 17  # the answer follows the go symbol, or begins at it
    assert (tokens[10:] == 9).nonzero()[:, 0].unique().tolist() == [go - 10]
    assert (tokens[10:].sum(0) == 9).all(), "else blank"
    assert torch.equal(y[17:], tokens[:10]) and (y[:17] == 0).all()
    assert batch.scored is not None and torch.equal(batch.scored, (y > 0).float())


@pytest.mark.parametrize(("length", "published"), ((100, 0.1733), (200, 0.0945), (1000, 0.0204)))
def test_copy_memoryless_loss(length: int, published: float) -> None:
    """10 ln 8 / (T + 20): blank for sure until the answers, then any of the 8."""
    task = registry.load_task("copy", {"length": length})
    batch = task.sample(20, stream(0))
    outputs = torch.full((length + 20, 1, 9), -100.0)
    outputs[: length + 10, :, 0] = 0
    outputs[length + 10 :, :, 1:] = 0
    loss = task.loss(outputs.expand(-1, 20, -1), batch).item()
    assert loss == pytest.approx(10 * log(8) / (length + 20), rel=1e-4)
    assert loss == pytest.approx(published, abs=5e-5)


def test_copy_score_ignores_the_blanks() -> None:
    task = registry.load_task("copy", {"length": 100})
    batch = task.sample(20, stream(0))
    outputs = functional.one_hot(torch.zeros_like(batch.y), 9).float()
    assert (outputs.argmax(-1) == batch.y).float().mean() > 0.9, "always blank is mostly right"
    assert task.score(outputs, batch).item() == 0


def test_copy_knobs() -> None:
    task = registry.load_task("copy", {"length": 3, "memorize": 2, "alphabet": 4})
    assert (task.inputs, task.outputs, task.lag, task.chance) == (6, 5, 5, 0.25)
    assert task.sample(1, stream(0)).x.shape == (7, 1, 6)
