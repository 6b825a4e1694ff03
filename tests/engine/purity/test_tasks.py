"""A task that is not pure is refused, and all of ours are pure."""

from collections.abc import Callable

import pytest
from torch.nn import functional

from seqbench import registry
from seqbench.engine.rules import Impure
from seqbench.errors import MissingData
from tests.helpers.impure import Coin, tried

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
