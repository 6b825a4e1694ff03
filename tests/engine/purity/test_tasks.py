"""A task that is not pure is refused, and all of ours are pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
import torch
from torch import Generator, Tensor
from torch.nn import functional

from seqbench import registry
from seqbench.engine.rules import Impure
from seqbench.errors import MissingData
from seqbench.task import Batch, Classification, by_sequence, exact_match, surprise
from tests.helpers.impure import Coin, tried
from tests.helpers.toys import Text

TASKS: dict[str, tuple[str, str, Callable[..., object]]] = {
    "one number": ("loss", "shapes", lambda s, out, b: functional.mse_loss(out, 0 * out)),
    "all trials": ("loss", "other trials", lambda s, out, b: out.mean((1, 2, 3)) + out.mean()),
    "cut": ("loss", "outputs", lambda s, out, b: out.detach().mean((1, 2, 3))),
    "score": ("score", "other trials", lambda s, out, b: out.mean((1, 2, 3)) - out.mean()),
}


@pytest.mark.parametrize("name", TASKS)
def test_an_impure_task_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tried(Coin())
    verb, rule, function = TASKS[name]
    monkeypatch.setattr(Coin, verb, function)
    with pytest.raises(Impure, match=rule):
        tried(Coin())


@pytest.mark.parametrize("verb", ["loss", "score", "measures"])
def test_a_task_that_counts_the_fillers_of_its_windows_is_refused(
    verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its data have no mask; the engine's fillers have one."""
    tried(Text())

    def mean(self: Text, out: Tensor, batch: Batch) -> object:
        values = surprise(out, batch.y).mean((-2, -1))
        return {"mine": values} if verb == "measures" else values

    monkeypatch.setattr(Text, verb, mean)
    if verb == "loss":  # which `score` would else call, too
        monkeypatch.setattr(Text, "score", Classification.score)
    with pytest.raises(Impure, match=rf"test_tasks.py, line \d+, in {verb}: .*batch.mask"):
        tried(Text())


NEEDS = {name: registry.load_task(name).needs for name in registry.names("tasks")}


@pytest.mark.parametrize("name", [name for name, needs in NEEDS.items() if not needs])
def test_every_drawn_task_is_pure(name: str) -> None:
    tried(registry.load_task(name))


@pytest.mark.faults
@pytest.mark.parametrize("name", [name for name, needs in NEEDS.items() if needs])
def test_every_recorded_task_is_pure(name: str) -> None:
    try:
        tried(registry.load_task(name))
    except MissingData:
        pytest.skip("its data are not here")


@dataclass(frozen=True, kw_only=True)
class Uneven(Coin):
    """Of every other sequence one answer counts, of the rest all."""

    io_shape: ClassVar = "many_to_many"
    asked: ClassVar = "every"

    def sample(self, n: int, stream: Generator) -> Batch:
        batch = super().sample(n, stream)
        mask = torch.ones(len(batch.x), n)
        mask[1:, ::2] = 0
        return replace(batch, y=batch.y.repeat(len(mask), 1), mask=mask)


@pytest.mark.parametrize("verb", ["score", "measures"])
def test_a_metric_is_the_mean_that_the_task_says(
    verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The share of whole sequences is a mean over sequences, and the loss one over answers."""
    tried(Uneven())

    def exact(self: Uneven, out: Tensor, batch: Batch) -> object:
        share = exact_match(out, batch)
        return {"mine": share} if verb == "measures" else share

    def weights(self: Uneven, name: str, batch: Batch) -> Tensor | None:
        return batch.mask if name == "loss" else by_sequence(batch.mask)

    monkeypatch.setattr(Uneven, verb, exact)
    with pytest.raises(Impure, match=rf"test_tasks.py, line \d+, in {verb}: .*weights\(\)"):
        tried(Uneven())
    monkeypatch.setattr(Uneven, "weights", weights)
    if verb == "score":
        tried(Uneven())
