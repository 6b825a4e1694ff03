"""A task that is not pure is refused, and all of ours are pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch
from torch import Generator
from torch.nn import functional

from seqbench import registry
from seqbench.engine.purity.tasks import prove_task
from seqbench.engine.rules import Impure
from seqbench.engine.source import Source
from seqbench.engine.streams import CPU
from seqbench.errors import MissingData
from seqbench.task import Batch, Classification, Task


@dataclass(frozen=True, kw_only=True)
class Coin(Classification):
    """Which of two symbols came; a test replaces what it wants to be wrong."""

    io_shape: ClassVar = "many_to_one"
    inputs, outputs, chance, pass_mark, lag = 1, 2, 0.5, 0.9, 3

    def sample(self, n: int, stream: Generator) -> Batch:
        y = torch.randint(2, (1, n), generator=stream)
        return Batch(y.expand(4, -1)[..., None].float(), y)


def tried(task: Task) -> None:
    source = Source(task, 4, 4, 4, CPU)
    prove_task(task, lambda seeds: source.batch([*seeds], 0))


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
