"""A spike that the optimizer does not forget is a divergence; standing still otherwise is none."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from seqbench.engine.stack import Stack
from seqbench.engine.trial import Trial
from seqbench.remedy import Remedy
from tests.helpers.strikes import patch_loss, spike, three
from tests.helpers.training import bench, train, trial

AT = 20  # updates before the spike
LONG = {"updates": 200, "evaluate_every": 50, "knobs": {"length": 4}, "patience": None}


def check(folder: Path, patch: pytest.MonkeyPatch, optimizer: str, size: float) -> None:
    options, trials = LONG | {"optimizer": optimizer}, three(Remedy())
    calm = train(bench(folder / "calm", "rnn", **options), trials)
    held: list[bool] = []

    def watch(stack: Stack) -> None:
        held.append(all(bool(w.isfinite().all()) for w in stack.params.values()))

    patch_loss(patch, AT, partial(spike, size=size))
    found = train(replace(bench(folder / "all", "rnn", **options), watch=watch), trials)
    one, sick, other = (found[t.fingerprint] for t in trials)
    end = sick["trial"]
    assert end["status"] == "diverged" and end["stopped_at"] == AT + 1
    assert "one gradient of norm" in end["reason"] and "no longer move" in end["reason"]
    assert end["explosions"] > 0 and end["grad_norm_max"] > size / 1e3
    assert end["test_score"] is not None and held and all(held)
    assert [one, other] == [calm[t.fingerprint] for t in trials[::2]]
    assert one["trial"]["status"] == other["trial"]["status"] == "ok"


@pytest.mark.parametrize("size", [1e18, 1e30])
@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
def test_a_spike_that_freezes_the_weights_is_a_divergence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, optimizer: str, size: float
) -> None:
    check(tmp_path, monkeypatch, optimizer, size)


@pytest.mark.faults
@pytest.mark.parametrize("size", [10.0**n for n in (15, 16, 17, 19, 20, 21, 24, 27)])
@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
def test_a_spike_of_any_size_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, optimizer: str, size: float
) -> None:
    check(tmp_path, monkeypatch, optimizer, size)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_descent_without_a_mean_of_squares_is_thrown_far_and_diverges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, momentum: float
) -> None:
    patch_loss(monkeypatch, AT, partial(spike, size=1e30))
    setup, trials = (
        bench(tmp_path, "rnn", optimizer="sgd", momentum=momentum, **LONG),
        three(Remedy()),
    )
    end = train(setup, trials)[trials[1].fingerprint]["trial"]
    assert end["status"] == "diverged" and end["stopped_at"] == AT + 2
    assert "not finite" in end["reason"]


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
@pytest.mark.parametrize(
    "one",
    [
        trial("freeze_recurrent"),
        trial("small_init"),
        trial("none", rate=1e-7),
        trial("none", rate=0.3),
        trial("clip_norm", limit=1e-6),
    ],
    ids=lambda one: f"{one.name}-{one.learning_rate}",
)
def test_what_stands_still_for_another_reason_is_not_frozen(
    tmp_path: Path, one: Trial, optimizer: str
) -> None:
    (record,) = train(bench(tmp_path, "rnn", optimizer=optimizer, **LONG), [one]).values()
    assert record["trial"]["status"] == "ok"


def test_a_spike_that_is_forgotten_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    patch_loss(monkeypatch, AT, partial(spike, size=30.0))
    trials = three(Remedy())
    found = train(bench(tmp_path, "rnn", optimizer="adam", **LONG), trials)
    assert {record["trial"]["status"] for record in found.values()} == {"ok"}
