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


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
def test_the_status_is_the_same_however_often_a_trial_is_validated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, optimizer: str
) -> None:
    ends = set()
    for every in (10, 30, 60):
        patch_loss(monkeypatch, 5, partial(spike, size=1e12))
        options = LONG | {"updates": 60, "evaluate_every": every, "optimizer": optimizer}
        trials = three(Remedy())
        found = train(bench(tmp_path / f"{every}", "rnn", **options), trials)
        ends |= {(n, *ended(found[t.fingerprint])) for n, t in enumerate(trials)}
        monkeypatch.undo()
    assert ends == {(0, "ok", 60), (1, "diverged", 6), (2, "ok", 60)}


def ended(record: dict) -> tuple[str, int]:
    return record["trial"]["status"], record["trial"]["stopped_at"]


def broke_at(
    folder: Path, name: str, gradients: list[Tensors], every: int = 50, updates: int = 200
) -> int:
    """When a trial with these gradients, each (1, a, b), is found to have frozen; 0: it is not."""
    setup = bench(folder, "rnn", optimizer=name, **LONG | {"updates": updates})
    stack, slots = setup.stack([trial()]), {}  # of the trial and its copy
    params, optimize = stack.params, optimizer(name, 0)
    for one in gradients:
        grads = {k: g.expand_as(params[k]) for k, g in one.items()}
        params, slots = optimize(params, grads, slots, stack.tensors.rates, stack.done)
        stack.history.add(Quantities(torch.ones(2), *2 * [joint_norm(grads.values())]))
        stack.done += 1
        if stack.done % every == 0 or one is gradients[-1]:
            stack.tensors = stack.tensors._replace(slots=slots)
            give_up_frozen(stack, setup.settings)
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


@pytest.mark.parametrize(("numbers", "found"), [(6, 0), (8, AT + 1)])
def test_a_tenth_of_a_weight_is_enough_and_less_is_not(
    tmp_path: Path, numbers: int, found: int
) -> None:
    made = gradients(tmp_path, [0.1] * 100)
    made[AT]["U"][..., :numbers, 0] = 1e9  # of 64
    assert broke_at(tmp_path, "adam", made) == found


@pytest.mark.parametrize(("late", "found"), [(1e5, AT + 1), (3e5, 0)])
def test_a_spike_of_which_less_is_kept_than_of_what_came_later_is_not_judged(
    tmp_path: Path, late: float, found: int
) -> None:
    made = gradients(tmp_path, [*[0.1] * AT, 0.0, *[0.1] * 19, *[0.0] * 60])
    for at, size in ((AT, 1e6), *((at, late) for at in range(40, 100))):
        made[at]["b"][..., 0] = size
    assert broke_at(tmp_path, "adam", made, 100) == found


@pytest.mark.parametrize(("size", "found"), [(1e6, 0), (4e6, AT + 1)])
def test_what_counts_is_what_is_left_of_a_spike_halfway_to_the_end(
    tmp_path: Path, size: float, found: int
) -> None:
    made = struck(tmp_path, size, AT, 50)
    assert broke_at(tmp_path, "rmsprop", made, updates=600) == found


@pytest.mark.parametrize("name", ["adam", "rmsprop"])
@pytest.mark.parametrize("end", [1e-4, 1e-9, 0.0])
@pytest.mark.parametrize("start", [1.0, 1e6])
def test_gradients_that_fade_are_no_spike(
    tmp_path: Path, name: str, start: float, end: float
) -> None:
    ratio = (max(end, 1e-12) / start) ** (1 / 149)
    made = gradients(tmp_path, [start * ratio**k if end or k < 100 else 0.0 for k in range(150)])
    assert broke_at(tmp_path, name, made) == 0


def struck(folder: Path, size: float, at: int, of: int) -> list[Tensors]:
    """Gradients of ordinary, uneven sizes but for one."""
    uneven = [0.1 * (1 + n % 7) for n in range(of)]
    return gradients(folder, [*uneven[:at], size, *uneven[at + 1 :]])


@pytest.mark.parametrize("size", [10**n for n in (2, 3, 4, 4.5, 5, 5.5, 6, 8, 12, 17)])
@pytest.mark.parametrize("name", ["adam", "rmsprop"])
def test_no_spike_is_judged_otherwise_later(tmp_path: Path, name: str, size: float) -> None:
    made = struck(tmp_path, size, AT, 200)
    first, *others = (broke_at(tmp_path, name, made, every) for every in (1, 10, 37, 200))
    assert others == [first] * 3 and first == (AT + 1 if size > 1e6 else first)


@pytest.mark.parametrize(("at", "found"), [(189, 190), (190, 0), (199, 0)])
def test_a_spike_is_judged_by_ten_updates_after_it(tmp_path: Path, at: int, found: int) -> None:
    made = struck(tmp_path, 1e12, at, 200)
    assert {broke_at(tmp_path, "adam", made, every) for every in (1, 10, 200)} == {found}


@pytest.mark.parametrize("at", [AT, 199])
def test_an_infinite_slot_is_a_divergence_at_once(tmp_path: Path, at: int) -> None:
    made = struck(tmp_path, 0.1, at, 200)
    made[at]["U"][..., :1, :1] = 1e21  # of 64 numbers
    assert broke_at(tmp_path, "adam", made, 200) == at + 1


def test_a_spike_that_is_forgotten_before_long_is_none(tmp_path: Path) -> None:
    made = struck(tmp_path, 1e7, AT, 50)
    assert broke_at(tmp_path, "rmsprop", made, updates=100) == AT + 1
    assert broke_at(tmp_path, "rmsprop", made, updates=2000) == 0


def test_what_comes_later_has_no_say(tmp_path: Path) -> None:
    made = struck(tmp_path, 1e6, AT, 50) + gradients(tmp_path, [10.0] * 150)
    assert {broke_at(tmp_path, "adam", made, every) for every in (1, 40, 200)} == {AT + 1}
    made = gradients(tmp_path, [100.0, *[0.1] * 3000, *[10.0] * 1000])  # none of them a spike
    assert broke_at(tmp_path, "rmsprop", made, 4000, updates=4000) == 0


def test_gradients_before_the_spike_are_ordinary_ones_too(tmp_path: Path) -> None:
    made = gradients(tmp_path, [*[1.0] * AT, 3e3, *[0.0] * 50])
    assert broke_at(tmp_path, "adam", made) == 0
