"""What is not finite ends one trial, with its step and its last finite weights, and no other."""

from dataclasses import replace
from functools import partial
from itertools import product
from math import inf, nan
from pathlib import Path

import pytest

from seqbench.engine import audit
from seqbench.engine.stack import Stack
from seqbench.remedy import Remedy
from tests.helpers.strikes import ROW, Place, Struck, broken, patch_loss, three
from tests.helpers.training import bench, train

PLACES: tuple[Place, ...] = ("loss", "gradient", "weight")


def check(folder: Path, patch: pytest.MonkeyPatch, place: Place, value: float, step: int) -> None:
    options = {"updates": 16, "evaluate_every": 4}
    patch.setattr(audit, "due", lambda *given: False)  # as its updates would be counted, too
    trials = three(Struck(step=step, value=str(value)) if place == "weight" else Struck())
    calm = train(bench(folder / "calm", "rnn", **options), three(Struck()))
    held: list[bool] = []

    def watch(stack: Stack) -> None:
        held.append(all(bool(w[ROW % len(w)].isfinite().all()) for w in stack.params.values()))

    if place != "weight":
        patch_loss(patch, step, partial(broken, value=value, place=place))
    found = train(replace(bench(folder / "all", "rnn", **options), watch=watch), trials)
    one, sick, other = (found[t.fingerprint] for t in trials)
    end = sick["trial"]
    assert end["status"] == "diverged" and end["stopped_at"] == step + 1
    assert f"update {step + 1}: a loss, gradient or weight is not finite" in end["reason"]
    assert all(held) and end["explosions"] is not None
    assert [one, other] == [calm[t.fingerprint] for t in three(Remedy())[::2]]


@pytest.mark.parametrize(("place", "value"), list(product(PLACES, (nan, inf))))
def test_what_is_not_finite_ends_one_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: Place, value: float
) -> None:
    check(tmp_path, monkeypatch, place, value, 5)


@pytest.mark.faults
@pytest.mark.parametrize(
    ("place", "value", "step"),
    list(product(PLACES, (nan, inf, -inf), (0, 1, 3, 4, 8, 13, 15))),
)
def test_whenever_it_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: Place, value: float, step: int
) -> None:
    check(tmp_path, monkeypatch, place, value, step)
