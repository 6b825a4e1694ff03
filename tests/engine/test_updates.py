"""Updates played back from a recording are those of the loop, or there is no recording.

What plays back here is a tape of torch's calls, not a GPU: everything but `CudaGraph` is tested.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import NoReturn

import pytest
import torch

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.engine import audit, updates
from seqbench.engine import train as engine
from seqbench.engine.machine import graphs
from seqbench.engine.setup import Setup
from seqbench.engine.stack import Stack
from seqbench.engine.trial import Trial
from seqbench.remedy import At, Remedy
from tests.helpers.tape import Tape
from tests.helpers.training import bench, train, trial

EAGER = {"engine": "eager", "updates": 40, "evaluate_every": 8}
LAUNCHED = "are launched one by one"
Taped = Callable[[Setup, list[Trial]], tuple[dict[str, dict], list[str]]]


@pytest.fixture(autouse=True)
def _rewind() -> Iterator[None]:
    Tape.made = Tape.played = 0
    yield


@pytest.fixture
def taped(monkeypatch: pytest.MonkeyPatch) -> Taped:
    """Train with tapes; the records, and what the log says of updates."""

    def run(laid: Setup, trials: list[Trial]) -> tuple[dict[str, dict], list[str]]:
        said: list[str] = []
        laid.store.say = said.append
        with monkeypatch.context() as patch:
            patch.setattr(graphs, "kind", lambda device: Tape)
            return train(laid, trials), [words for words in said if LAUNCHED in words]

    return run


def mixed() -> list[Trial]:
    names = ("none", "clip_norm", "freeze_recurrent", "max_norm", "adaptive_clip")
    return [trial(name, seed, rate) for name in names for seed, rate in ((1, 0.01), (2, 0.1))]


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "unicornn"])
def test_a_recording_trains_as_the_loop_does(
    tmp_path: Path, taped: Taped, cell: str, optimizer: str
) -> None:
    options = EAGER | {"optimizer": optimizer, "momentum": 0.9}
    calm = train(bench(tmp_path / "calm", cell, **options), mixed())
    found, said = taped(bench(tmp_path / "taped", cell, **options), mixed())
    assert found == calm and not said
    assert (Tape.made, Tape.played) == (1, 39)  # the second update is the trial of the recording


@pytest.mark.parametrize("task", ["copy", "delay_memory", "digits_image"])
def test_any_batch_is_handed_over(tmp_path: Path, taped: Taped, task: str) -> None:
    trials = [trial(seed=seed) for seed in (1, 2)]
    calm = train(bench(tmp_path / "calm", "gru", task, {}, **EAGER), trials)
    found, said = taped(bench(tmp_path / "taped", "gru", task, {}, **EAGER), trials)
    assert found == calm and not said and Tape.played == 39


@pytest.mark.parametrize("cell", registry.names("cells"))
def test_every_cell_can_be_recorded(tmp_path: Path, taped: Taped, cell: str) -> None:
    options = {"engine": "eager", "hidden": 4, "updates": 4, "knobs": {"length": 3}}
    calm = train(bench(tmp_path / "calm", cell, **options), [trial()])
    assert taped(bench(tmp_path / "taped", cell, **options), [trial()]) == (calm, [])
    assert Tape.played == 3


def test_parked_rows_end_a_recording_and_another_begins(tmp_path: Path, taped: Taped) -> None:
    """Two trials are solved early, one explodes, and the last is left alone."""
    rates = ((1, 0.02), (2, 0.02), (3, 1e-5), (4, inf))
    trials = [trial("none", seed, rate) for seed, rate in rates]
    options = EAGER | {"knobs": {"length": 3}, "updates": 300, "evaluate_every": 20, "batch": 32}
    calm = train(bench(tmp_path / "calm", **options), trials)
    found, said = taped(bench(tmp_path / "taped", **options), trials)
    assert found == calm and not said
    ends = [calm[t.fingerprint]["trial"] for t in trials]
    assert [end["status"] for end in ends] == ["ok", "ok", "ok", "diverged"]
    stops = {end["stopped_at"] for end in ends}
    assert max(stops) == 300 and ends[3]["stopped_at"] < 20 and len(stops) > 2
    assert Tape.made == len(stops) and Tape.played > 200


def test_an_explosion_is_noticed_while_a_recording_plays(tmp_path: Path, taped: Taped) -> None:
    trials = [trial("none", 1, 0.01), trial("none", 2, 100.0)]
    options = EAGER | {"optimizer": "sgd"}
    calm = train(bench(tmp_path / "calm", "rnn", **options), trials)
    found, _ = taped(bench(tmp_path / "taped", "rnn", **options), trials)
    assert found == calm
    end = calm[trials[1].fingerprint]["trial"]
    assert end["status"] == "diverged" and 2 < end["stopped_at"] <= 8, "the test shows nothing"


def test_a_checkpoint_goes_on_with_a_new_recording(
    tmp_path: Path, taped: Taped, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = train(bench(tmp_path / "calm", **EAGER), mixed())
    monkeypatch.setattr(engine, "CHECKPOINT_SECONDS", 0.0)
    torn = bench(tmp_path / "torn", **EAGER)

    def interrupt(stack: Stack) -> None:
        if stack.done == 24:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        taped(replace(torn, watch=interrupt), mixed())
    assert Tape.played == 23
    assert taped(torn, mixed()) == (calm, [])
    assert (Tape.made, Tape.played) == (2, 23 + 23)  # from update 16 on, the first in the loop


DRAWS = {
    "artbp", "gradient_noise", "h_detach", "placebo", "recurrent_dropout", "rflo", "uoro",
    "zoneout",
}  # fmt: skip
DECIDES = {  # by the number of updates done
    "averaged_weights", "curriculum", "gradient_flossing", "gradient_penalty", "warm_up", "zclip",
}  # fmt: skip
WAITS = {
    "orthogonalized_update", "recurrent_bound", "spectral_clip", "spectral_norm", "stiefel",
}  # fmt: skip
SOON = {"truncate": {"horizon": 2}, "skip": {"steps": 2}}


@pytest.mark.parametrize("name", registry.names("remedies"))
def test_remedies(tmp_path: Path, taped: Taped, name: str) -> None:
    options = EAGER | {"updates": 8, "evaluate_every": 4}
    laid = bench(tmp_path / "taped", "rnn", **options)
    remedy = registry.load_remedy(name, SOON.get(name, {}))
    if (objection := remedy.suits(laid.network, laid.task)) or "solve" in remedy.acts_at:
        pytest.skip(objection or "It is solved, not updated.")
    trials = [trial(name, seed, **SOON.get(name, {})) for seed in (1, 2)]
    calm = train(bench(tmp_path / "calm", "rnn", **options), trials)
    found, said = taped(laid, trials)
    assert found == calm
    assert bool(said) == (name in DRAWS | DECIDES | WAITS), said
    assert len(said) <= 1 and Tape.played == (0 if said else 7)


@pytest.mark.parametrize("name", ["gradient_noise", "zoneout"])
def test_what_is_refused_would_be_wrong(
    tmp_path: Path, taped: Taped, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The negative control of the test above: recorded all the same, noise is frozen."""
    trials = [trial(name, seed) for seed in (1, 2)]
    calm = train(bench(tmp_path / "calm", "rnn", **EAGER), trials)
    monkeypatch.setattr(graphs, "REFUSED", set())
    found, said = taped(bench(tmp_path / "seen", "rnn", **EAGER), trials)
    assert found == calm and "does not repeat" in said[0] and Tape.played == 1
    monkeypatch.setattr(updates.Recording, "repeats", lambda recording, stack: True)
    monkeypatch.setattr(audit, "due", lambda *given: False)  # it would notice
    found, said = taped(bench(tmp_path / "taped", "rnn", **EAGER), trials)
    assert not said and Tape.played == 1 + 39 and found != calm


def test_what_does_not_repeat_the_loop_is_not_used(
    tmp_path: Path, taped: Taped, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tape, "replay", lambda tape: None)
    calm = train(bench(tmp_path / "calm", **EAGER), mixed())
    found, said = taped(bench(tmp_path / "taped", **EAGER), mixed())
    assert found == calm
    assert said == [
        "updates of 10 trials are launched one by one: it does not repeat an ordinary one"
    ]


def test_a_graph_that_fails_leaves_the_loop(
    tmp_path: Path, taped: Taped, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(tape: Tape, work: Callable[[], None]) -> NoReturn:
        work()
        raise RuntimeError("CUDA error: operation not permitted\nand more")

    monkeypatch.setattr(Tape, "record", fail)
    calm = train(bench(tmp_path / "calm", **EAGER), mixed())
    found, said = taped(bench(tmp_path / "taped", **EAGER), mixed())
    assert found == calm
    assert len(said) == 1 and said[0].endswith("one by one: CUDA error: operation not permitted")


class Grows(Remedy):
    """Computes with the number of updates done, and never asks for it."""

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        return {k: g / (1 + at.step) for k, g in grads.items()}


class Turns(Remedy):
    """Decides by it, in a way that the first few updates do not show."""

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        return {k: -g for k, g in grads.items()} if at.step > 20 else grads


@pytest.mark.parametrize(("remedy", "recorded"), [(Grows(), True), (Turns(), False)])
def test_the_number_of_updates_done(
    tmp_path: Path, taped: Taped, remedy: Remedy, recorded: bool
) -> None:
    trials = [replace(trial(seed=seed), remedy=remedy) for seed in (1, 2)]
    calm = train(bench(tmp_path / "calm", "rnn", **EAGER), trials)
    found, said = taped(bench(tmp_path / "taped", "rnn", **EAGER), trials)
    assert found == calm and bool(said) != recorded


def test_without_a_gpu_there_are_no_graphs() -> None:
    assert graphs.kind(torch.device("cpu")) is None
    assert graphs.kind(torch.device("cuda")) is graphs.CudaGraph


def test_the_number_of_updates_may_be_a_tensor() -> None:
    """Bit for bit, so that a recording continues what a loop began."""
    adam = updates.counted(lambda params, grads, slots, rates, done: (params, {"d": {"d": done}}))
    _, slots = adam({}, {}, {}, torch.ones(2), 7)
    assert slots["d"]["d"].dtype == torch.float64 and slots["d"]["d"] == 7
