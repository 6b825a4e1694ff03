"""The engine's promises, on whole small trainings."""

from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import State
from seqbench.engine.fused.build import missing
from seqbench.engine.passes.forward import Forward, Pass
from seqbench.engine.passes.unroll import unroll
from seqbench.engine.streams import RowNoise
from seqbench.engine.trial import Trial
from seqbench.remedy import At, Remedy
from seqbench.tasks.digits_spelled import DigitsSpelled
from tests.helpers.training import bench, mixed, train, trial

ODD = [
    {},
    {"hidden": 5, "batch": 3, "valid_sequences": 7},
    *({"hidden": hidden, "batch": 7, "engine": "eager"} for hidden in (5, 7, 9)),
]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("cell", ["rnn", "jordan", "lstm_peephole", "gru"])
def test_a_trial_gives_the_same_bits_alone_and_stacked(
    tmp_path: Path, cell: str, odd: dict[str, object]
) -> None:
    together = train(bench(tmp_path / "all", cell, **odd), mixed())
    for n, one in enumerate(mixed()[::7]):
        alone = train(bench(tmp_path / f"alone{n}", cell, **odd), [one])
        assert alone[one.fingerprint] == together[one.fingerprint]


def test_the_width_of_stacks_changes_nothing(tmp_path: Path) -> None:
    wide = train(bench(tmp_path / "wide"), mixed())
    assert train(bench(tmp_path / "narrow", stack=3), mixed()) == wide


def parking(remedy: str) -> list[Trial]:
    """Two trials that are solved early beside one that is not: the last is left alone."""
    return [trial(remedy, 1, 0.02), trial(remedy, 2, 0.02), trial(remedy, 3, 1e-5)]


@pytest.mark.parametrize("remedy", ["none", "zoneout", "gradient_noise"])
def test_the_last_of_a_stack_leaves_what_it_would_leave_alone(tmp_path: Path, remedy: str) -> None:
    knobs = {"knobs": {"length": 3}, "updates": 400, "evaluate_every": 20, "batch": 32}
    together = train(bench(tmp_path / "all", **knobs), parking(remedy))
    stops = [together[t.fingerprint]["trial"]["stopped_at"] for t in parking(remedy)]
    assert max(stops[:2]) < stops[2] == 400, "the test shows nothing"
    last = parking(remedy)[2]
    alone = train(bench(tmp_path / "alone", **knobs), [last])
    assert together[last.fingerprint] == alone[last.fingerprint]


@pytest.mark.parametrize("every", [4, 6, 12])
def test_no_point_is_recorded_twice(tmp_path: Path, every: int) -> None:
    for record in train(bench(tmp_path, evaluate_every=every), mixed()).values():
        points = [tuple(point[:3]) for point in record["curves"]]
        assert len(points) == len(set(points))
        steps = [step for step, _ in record["flow"]]
        assert steps == sorted(set(steps)) and steps[0] == 0 and steps[-1] == 12


def test_two_threads_give_the_bits_of_one(tmp_path: Path) -> None:
    one = train(bench(tmp_path / "one"), mixed())
    torch.set_num_threads(2)
    try:
        assert train(bench(tmp_path / "two"), mixed()) == one
    finally:
        torch.set_num_threads(1)


def test_truncation_shows_in_the_flow_as_exact_zeros(tmp_path: Path) -> None:
    b = bench(tmp_path, "rnn", knobs={"length": 20})
    ((_, record),) = train(b, [trial("truncate", horizon=5)]).items()
    for _, norms in record["flow"]:
        assert len(norms) == 20
        assert all(n > 0 for n in norms[:5]) and all(n == 0 for n in norms[5:])


def test_the_flow_of_a_small_start_vanishes_and_of_a_loud_one_does_not(tmp_path: Path) -> None:
    def ratio(folder: str, gain: float, remedy: str) -> float:
        b = bench(tmp_path / folder, "rnn", knobs={"length": 30}, cell_knobs={"gain": gain})
        norms = train(b, [trial(remedy)])[trial(remedy).fingerprint]["flow"][0][1]
        return norms[25] / norms[0]

    assert 0 < ratio("small", 1.0, "small_init") < 1e-18
    assert ratio("loud", 4.0, "none") > 1


def test_a_closed_form_trial_has_no_updates_and_beats_chance(tmp_path: Path) -> None:
    b = bench(tmp_path, "rnn", knobs={"length": 5}, hidden=60, solve_batches=40)
    trials = [trial("spectral_radius+ridge_readout", s, None) for s in (1, 2)]
    for record in train(b, trials).values():
        ended = record["trial"]
        assert ended["stopped_at"] == 0 and ended["grad_norm_max"] is None
        assert ended["test_score"] < 0.5 * b.task.chance


def test_held_out_sequences_are_evaluated_in_chunks_and_all_of_them_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seqbench.engine.scoring import evaluate

    b = bench(tmp_path, "rnn", test_sequences=50)
    stack = b.stack([trial("none", 1), trial("none", 2)])
    arguments = (stack.forward("test"), b.task, b.source.test(stack.seeds))
    whole = evaluate.evaluate(*arguments)
    monkeypatch.setattr(evaluate, "CHUNK", 16)
    for parts, at_once in zip(evaluate.evaluate(*arguments), whole, strict=True):
        torch.testing.assert_close(parts, at_once)


def test_free_running_feeds_back_its_own_output(tmp_path: Path) -> None:
    b = bench(tmp_path, "lstm", task="digits_spelled", knobs={}, updates=4, evaluate_every=4)
    fed = []

    class Spy(DigitsSpelled):
        def feed(self, x: Tensor, output: Tensor) -> Tensor:
            fed.append(torch.is_grad_enabled())
            return super().feed(x, output)

    train(replace(b, task=Spy()), [trial("none", 1), trial("none", 2)])
    assert fed and not any(fed), "training is teacher-forced, evaluation runs free"


@dataclass(frozen=True, kw_only=True)
class Echo(Remedy):
    """Puts the newest and the oldest remembered state into the new one, to see who is handed in."""

    @property
    def lookback(self) -> int:
        return 3

    def advance(self, past: list[State], new: State, at: At) -> State:
        return tuple(n + o for n, o in zip(new, past[0], strict=True))


def test_advance_reaches_back_and_is_what_the_readout_sees() -> None:
    cell, x = registry.load_cell("memoryless"), torch.zeros(6, 4, 2)
    params = {k: torch.ones(shape) for k, shape in cell.shapes({"I": 2, "H": 8, "O": 1}).items()}
    where = At(cell, 0, RowNoise(1, "noise/pass", 0, torch.device("cpu")), 5)
    h = [state[0][0, 0] for state in unroll(cell, params, x, Echo(), where)]
    one = torch.tanh(torch.tensor(1.0))  # the past holds three states at most, zeros at first
    assert torch.allclose(torch.stack(h), one * torch.tensor([1, 1, 1, 2, 2, 2]))


@pytest.mark.parametrize("remedy", ["none", "truncate", "clip_through_time", "weight_penalty"])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_kernels_and_steps_train_alike_and_the_record_says_which(
    tmp_path: Path, cell: str, remedy: str
) -> None:
    """Rounding apart: twelve updates later the losses still agree."""
    losses = {}
    for engine_, name in (("auto", "fused"), ("eager", "eager")):
        b = bench(tmp_path / engine_, cell, engine=engine_)
        one = trial(remedy, **({"horizon": 3} if remedy == "truncate" else {}))
        (record,) = train(b, [one]).values()
        losses[name] = [value for _, _, quantity, value in record["curves"] if quantity == "loss"]
        costs = b.store.result(one.fingerprint)["cost"]
        assert costs["engine"] == name or missing()
    assert losses["fused"] == pytest.approx(losses["eager"], rel=1e-4)


@pytest.mark.skipif(bool(missing()), reason="there is no C compiler")
def test_a_penalty_that_looks_now_and_then_leaves_the_rest_to_kernels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, shown = list[int](), Forward.shown
    monkeypatch.setattr("seqbench.engine.train.careful", lambda *given: nullcontext())  # it looks
    for every in (1, 5):
        b, one = bench(tmp_path / str(every), "rnn"), trial("gradient_penalty", every=every)

        def noted(forward: Forward, *given: Any, **more: Any) -> Pass:
            at.append(forward.at.step)
            return shown(forward, *given, **more)

        monkeypatch.setattr(Forward, "shown", noted)
        train(b, [one])
        assert b.store.result(one.fingerprint)["cost"]["engine"] == "fused"
    assert [step for step, _ in groupby(at)] == [*range(12), 0, 5, 10]
