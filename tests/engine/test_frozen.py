"""A spike that the optimizer does not forget is a divergence; standing still otherwise is none."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch

from seqbench.axes import Tensors, joint_norm
from seqbench.engine.frozen import give_up_frozen
from seqbench.engine.optimizers import optimizer
from seqbench.engine.stack import Stack
from seqbench.engine.traces import Quantities
from seqbench.engine.trial import Trial
from seqbench.remedy import Remedy
from seqbench.tasks.adding import Adding
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
    assert "one gradient of norm" in end["reason"] and "hardly move" in end["reason"]
    assert end["explosions"] > 0 and end["grad_norm_max"] > size / 1e3
    assert end["test_score"] is not None and held and all(held)
    assert [one, other] == [calm[t.fingerprint] for t in trials[::2]]
    assert one["trial"]["status"] == other["trial"]["status"] == "ok"


@pytest.mark.parametrize("size", [1e7, 1e30])
@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
def test_a_spike_that_freezes_the_weights_is_a_divergence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, optimizer: str, size: float
) -> None:
    check(tmp_path, monkeypatch, optimizer, size)


@pytest.mark.faults
@pytest.mark.parametrize("size", [2e6, *(10.0**n for n in (8, 9, 10, 12, 15, 16, 18, 20, 21, 24))])
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


def test_a_trial_that_is_solved_after_the_spike_says_when_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch_loss(monkeypatch, AT, partial(spike, size=1e18))
    monkeypatch.setattr(Adding, "solved", lambda *given: True)
    trials = three(Remedy())
    (_, sick, _) = train(bench(tmp_path, "rnn", **LONG | {"evaluate_every": 22}), trials).values()
    end = sick["trial"]
    assert end["status"] == "ok" and end["reason"] is None and end["solved"]
    assert end["stopped_at"] == max(point[0] for point in sick["curves"])


def broke_at(folder: Path, name: str, gradients: list[Tensors]) -> int:
    """When a trial with these gradients, each (1, a, b), is found to have frozen; 0: it is not."""
    setup = bench(folder, "rnn", optimizer=name, **LONG)
    stack, slots = setup.stack([trial()]), {}  # of the trial and its copy
    params, optimize = stack.params, optimizer(name, 0)
    for one in gradients:
        grads = {k: g.expand_as(params[k]) for k, g in one.items()}
        params, slots = optimize(params, grads, slots, stack.tensors.rates, stack.done)
        stack.history.add(Quantities(torch.ones(2), *2 * [joint_norm(grads.values())]))
        stack.done += 1
    stack.tensors = stack.tensors._replace(slots=slots)
    give_up_frozen(stack, setup.settings, stack.done - 50)
    return int(stack.tensors.broke_at[0])


def gradients(folder: Path, sizes: list[float]) -> list[Tensors]:
    """Gradients whose numbers are all of one size, update by update."""
    weights = bench(folder, "rnn").stack([trial()]).params
    return [{k: torch.full_like(w[:1], size) for k, w in weights.items()} for size in sizes]


@pytest.mark.parametrize("name", ["adam", "rmsprop"])
def test_a_spike_that_freezes_half_of_a_weights_columns_is_a_divergence(
    tmp_path: Path, name: str
) -> None:
    made = gradients(tmp_path, [0.1] * 100)
    made[AT]["U"][..., : made[AT]["U"].shape[-1] // 2] = 1e9
    assert broke_at(tmp_path, name, made) == AT + 1


@pytest.mark.parametrize("name", ["adam", "rmsprop"])
@pytest.mark.parametrize("end", [1e-4, 1e-9, 0.0])
@pytest.mark.parametrize("start", [1.0, 1e6])
def test_gradients_that_fade_are_no_spike(
    tmp_path: Path, name: str, start: float, end: float
) -> None:
    ratio = (max(end, 1e-12) / start) ** (1 / 149)
    made = gradients(tmp_path, [start * ratio**k if end or k < 100 else 0.0 for k in range(150)])
    assert broke_at(tmp_path, name, made) == 0
