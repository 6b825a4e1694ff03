"""Forecasts of what comes next: yearly sunspots, and characters of the Python topics."""

from math import prod

import pytest
import torch

from seqbench import registry
from seqbench.errors import InputError


@pytest.mark.parametrize("name", ("python_topics", "sunspots"))
def test_forecasts_are_the_next_input(name: str) -> None:
    splits = registry.load_task(name).splits()
    assert splits
    for batch in splits:
        x = batch.x.argmax(-1) if name == "python_topics" else batch.x
        assert torch.equal(x[1:], batch.y[:-1])


def test_sunspots_pass_mark_is_yules_forecast() -> None:
    """Refitted here by the normal equations, and run over the very batches that are scored."""
    task = registry.load_task("sunspots")
    splits = task.splits()
    assert splits and splits.test.mask is not None
    assert (splits.test.mask.sum(0) == 30).all() and (splits.test.mask[:10] == 0).all()
    from seqbench.data.sets.sunspots import years

    train = torch.tensor(years().train)
    design = torch.stack([torch.ones(len(train) - 2), train[1:-1], train[:-2]], 1).double()
    a, b, c = torch.linalg.solve(design.T @ design, design.T @ train[2:])
    now, before = splits.test.x, splits.test.x.roll(1, 0)  # the first step is not scored
    outputs = (a + b * now + c * before).float()
    assert task.score(outputs, splits.test).item() == pytest.approx(task.pass_mark, rel=1e-4)
    assert b > 1 and c < -0.4, "a damped cycle, as Yule found (1.34 and -.65 on 1749-1924)"


def test_bits_are_nats_over_ln_2() -> None:
    task = registry.load_task("python_topics")
    splits = task.splits()
    assert splits
    uniform = torch.zeros(50, 200, 64)
    assert task.score(uniform, splits.test).item() == pytest.approx(6, abs=1e-5)
    assert task.perfect < task.pass_mark < task.chance < 6


@pytest.mark.parametrize(
    ("name", "knobs"), (("sunspots", {"length": 62}), ("python_topics", {"characters": 100}))
)
def test_knobs_that_ask_for_more_than_was_recorded(name: str, knobs: dict[str, object]) -> None:
    with pytest.raises(InputError, match="Allowed"):
        registry.load_task(name, knobs).splits()


@pytest.mark.parametrize("knobs", ({"length": 61}, {"length": 2, "warmup": 1}))
def test_sunspots_at_the_edges(knobs: dict[str, object]) -> None:
    task = registry.load_task("sunspots", knobs)
    splits = task.splits()
    assert splits and prod(splits.test.x.shape) > 0 and 0 < task.pass_mark < task.chance
