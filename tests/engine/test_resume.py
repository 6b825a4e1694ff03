"""An interrupted stack goes on to the same bits, and nothing finished is trained again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import pytest
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.engine import train as engine
from seqbench.engine.fused import build
from seqbench.engine.fused.sequence import kernel
from seqbench.engine.stack import Stack
from seqbench.engine.trial import Trial
from seqbench.remedy import At, Remedy, Trajectory
from seqbench.remedy.composition import compose
from tests.helpers.training import bench, train, trial


def test_two_names_for_one_trial_are_trained_once_and_resume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twins = [trial("none", 1), trial("none", 1), trial("none", 2)]
    calm = train(bench(tmp_path / "calm"), twins)
    monkeypatch.setattr(engine, "CHECKPOINT_SECONDS", 0.0)
    torn = bench(tmp_path / "torn")

    def interrupt(stack: Stack) -> None:
        if stack.done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(replace(torn, watch=interrupt), twins)
    assert train(torn, twins) == calm


@pytest.mark.parametrize("remedy", ["none", "truncate", "gradient_penalty", "clip_value"])
def test_an_interrupted_stack_goes_on_to_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remedy: str
) -> None:
    trials = [trial(remedy, seed, 0.02) for seed in (1, 2, 3)]
    calm = train(bench(tmp_path / "calm"), trials)
    monkeypatch.setattr(engine, "CHECKPOINT_SECONDS", 0.0)

    def interrupt(stack: Stack) -> None:
        if stack.done == 8:
            raise KeyboardInterrupt

    torn = bench(tmp_path / "torn")
    with pytest.raises(KeyboardInterrupt):
        train(replace(torn, watch=interrupt), trials)
    assert list((tmp_path / "torn").rglob("*.pt")), "nothing was kept"
    steps = []
    assert train(replace(torn, watch=lambda stack: steps.append(stack.done)), trials) == calm
    assert steps == [8, 12]
    assert not list((tmp_path / "torn").rglob("*.pt"))


@dataclass(frozen=True, kw_only=True)
class LooksOnce(Remedy):
    """Asks for every state at one update; from then on no kernel runs its pass."""

    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor:
        h = trajectory.states[-1][0] if at.step == 1 else trajectory.parts[0][..., -1, :, :]
        return h[..., : trajectory.sequences, :].square().mean((-1, -2))


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_what_a_penalty_has_asked_for_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cell: str
) -> None:
    looks = [Trial("looks", LooksOnce(), seed, 0.02, f"looks-{seed}") for seed in (1, 2)]
    clipped = compose(LooksOnce(), trial("clip_value").remedy)
    trials = [trial(), *looks, Trial("both", clipped, 1, 0.02, "both")]
    calm = train(bench(tmp_path / "calm", cell), trials)
    monkeypatch.setattr(engine, "CHECKPOINT_SECONDS", 0.0)
    torn, seen = bench(tmp_path / "torn", cell), []

    def interrupt(stack: Stack) -> None:
        seen.append(stack.done)
        if seen.count(stack.done) == 1:
            raise KeyboardInterrupt

    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            train(replace(torn, watch=interrupt), trials)
    assert train(torn, trials) == calm and sorted(set(seen)) == [4, 8, 12]


def test_what_a_checkpoint_leaves_out_would_be_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above: without the optimizer's slots the bits differ."""
    trials = [trial("none", seed, 0.02) for seed in (1, 2)]
    calm = train(bench(tmp_path / "calm"), trials)
    monkeypatch.setattr(engine, "CHECKPOINT_SECONDS", 0.0)
    torn = bench(tmp_path / "torn")

    def interrupt(stack: Stack) -> None:
        if stack.done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(replace(torn, watch=interrupt), trials)
    restore = engine.Stack.restore

    def forgetful(stack: Stack, state: dict[str, object], trials: list[Trial]) -> None:
        tensors = state["tensors"] | {"slots": {}}
        restore(stack, state | {"tensors": tensors}, trials)

    monkeypatch.setattr(engine.Stack, "restore", forgetful)
    assert train(torn, trials) != calm


def test_a_damaged_checkpoint_or_result_is_never_used(tmp_path: Path) -> None:
    trials = [trial("none", seed) for seed in (1, 2)]
    b = bench(tmp_path)
    calm = train(b, trials)
    entry = next(tmp_path.rglob("*.json"))
    entry.write_bytes(entry.read_bytes().replace(b"0.", b"1.", 1))
    words = []
    b.store.say = words.append
    assert train(b, trials) == calm
    assert any("damaged" in w for w in words)


def test_finished_trials_are_not_trained_again(tmp_path: Path) -> None:
    b = bench(tmp_path)
    train(b, [trial("none", 1)])
    seen = []
    watching = replace(b, watch=lambda stack: seen.extend(t.seed for t in stack.trials))
    train(watching, [trial("none", 1), trial("none", 2), trial("none", 3)])
    assert set(seen) == {2, 3}


def test_time_out_is_told_and_the_next_run_goes_on(tmp_path: Path) -> None:
    trials = [trial("none", s) for s in (1, 2)]
    calm = train(bench(tmp_path / "calm"), trials)
    late = bench(tmp_path / "late", timeout_minutes=1e-9)
    first = train(late, trials)
    assert {r["trial"]["status"] for r in first.values()} == {"timeout"}
    assert {r["trial"]["stopped_at"] for r in first.values()} == {1}, "not only when it validates"
    steps = []
    patient = replace(late, settings=late.settings.model_copy(update={"timeout_minutes": 60.0}))
    again = train(replace(patient, watch=lambda stack: steps.append(stack.done)), trials)
    assert steps == [4, 8, 12] and again == calm


def test_a_trial_within_its_budget_is_never_called_late(tmp_path: Path) -> None:
    ended = train(bench(tmp_path, updates=1, timeout_minutes=1e-9), [trial("none", 1)])
    assert {r["trial"]["status"] for r in ended.values()} == {"ok"}


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.pop("history"),
        lambda state: state.update(fingerprints=3),
        lambda state: state.update(tensors={"weights": 0.5}),
        lambda state: state["tensors"]["params"].update(W_out=state["tensors"]["params"]["b_out"]),
    ],
)
def test_a_checkpoint_of_another_form_is_named_and_training_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[dict], object]
) -> None:
    trials = [trial("none", seed) for seed in (1, 2)]
    calm = train(bench(tmp_path / "calm"), trials)
    torn = bench(tmp_path / "torn", timeout_minutes=1e-9)
    train(torn, trials)
    (file,) = (tmp_path / "torn").rglob("*.pt")
    state = torn.store.checkpoint(file.stem)
    change(state)
    torn.store.keep_checkpoint(file.stem, state)
    words: list[str] = []
    torn.store.say = words.append
    patient = replace(torn, settings=torn.settings.model_copy(update={"timeout_minutes": 60.0}))
    assert train(patient, trials) == calm
    assert words == [f"{file}: is of another form and is computed again."]


@pytest.mark.skipif(bool(build.missing()), reason="needs a C compiler")
def test_what_the_loop_trained_for_want_of_a_kernel_is_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its numbers are not those of the kernel that its fingerprint says, nor is its checkpoint."""
    trials = [trial("none", seed) for seed in (1, 2)]
    calm = train(bench(tmp_path / "calm"), trials)
    monkeypatch.setattr(engine, "CHECKPOINT_SECONDS", 0.0)
    torn = bench(tmp_path / "torn")
    assert build.missing() is None  # asked before, as the fingerprint does

    def full(source: str) -> NoReturn:
        raise build.Unbuildable("a kernel cannot be kept (No space left on device)")

    with monkeypatch.context() as patch:
        patch.setattr(build, "load", full)
        kernel.cache_clear()
        train(torn, trials)
        kernel.cache_clear()
    found = torn.store.result(trials[0].fingerprint)
    assert found["trial"]["status"] == "ok" and found["cost"]["engine"] == "unbuilt"
    assert not any(engine.finished(torn, one) for one in trials)
    assert train(torn, trials) == calm
    assert torn.store.result(trials[0].fingerprint)["cost"]["engine"] == "fused"
    assert all(engine.finished(torn, one) for one in trials)
    assert not list((tmp_path / "torn").rglob("*.pt"))
