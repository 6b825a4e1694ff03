"""How a trial ends: solved, diverged, no better; and what is said of it."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from seqbench.engine import audit
from seqbench.engine import train as engine
from seqbench.engine.stack import Stack
from seqbench.task import Batch, Task
from tests.helpers.training import bench, train, trial


class Explodes:
    """A loss that turns to NaN for one seed at one update."""

    def __init__(self, task: Task, row: int, step: int) -> None:
        self.task, self.row, self.left = task, row, step

    def __getattr__(self, name: str) -> object:
        return getattr(self.task, name)

    def loss(self, outputs: Tensor, batch: Batch) -> Tensor:
        loss = self.task.loss(outputs, batch)
        if not loss.requires_grad or loss.shape[0] < 4:
            return loss
        self.left -= 1
        bomb = torch.zeros(len(loss))
        bomb[self.row] = float("nan") if self.left == 0 else 0.0
        return loss + bomb


@pytest.mark.parametrize("step", [1, 6])
def test_a_diverged_trial_is_parked_and_its_neighbors_do_not_notice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr(audit, "due", lambda *given: False)  # as its losses would be counted, too,
    monkeypatch.setattr(engine, "prove_alike_alone", lambda *given: None)  # and those before
    trials = [trial("clip_norm", seed) for seed in (1, 2, 3, 4)]
    calm = train(bench(tmp_path / "calm"), trials)
    b = bench(tmp_path / "torn")
    # the probe at birth is the first loss of four rows with a graph, the one halfway the eighth
    torn = train(replace(b, task=Explodes(b.task, row=2, step=step + 1)), trials)
    broken = torn.pop(trials[2].fingerprint)["trial"]
    assert broken["status"] == "diverged" and f"at update {step}:" in broken["reason"]
    assert broken["stopped_at"] == step
    assert broken["altered"] <= 1 and broken["test_score"] is not None
    assert torn == {k: v for k, v in calm.items() if k in torn}


def test_a_real_explosion_ends_as_diverged(tmp_path: Path) -> None:
    b = bench(tmp_path, "rnn", cell_knobs={"activation": "relu", "gain": 3.0}, optimizer="sgd",
              knobs={"length": 60}, updates=30)  # fmt: skip
    ended = train(b, [trial("none", seed, 0.5) for seed in (1, 2)])
    assert {r["trial"]["status"] for r in ended.values()} == {"diverged"}


def test_what_never_had_a_finite_validation_has_no_score(tmp_path: Path) -> None:
    b = bench(tmp_path, "rnn", cell_knobs={"activation": "relu", "gain": 40.0}, optimizer="sgd",
              knobs={"length": 60}, updates=8)  # fmt: skip
    names = [("none", 0.5), ("ridge_readout", None)]
    for record in train(b, [trial(n, s, rate) for n, rate in names for s in (1, 2)]).values():
        ended = record["trial"]
        assert ended["status"] == "diverged" and "no score" in ended["reason"]
        assert ended["test_score"] is None and ended["solved"] is False


def test_a_huge_gradient_that_is_finite_is_clipped_not_parked(tmp_path: Path) -> None:
    b = bench(tmp_path)

    class Steep:
        def __getattr__(self, name: str) -> object:
            return getattr(b.task, name)

        def loss(self, outputs: Tensor, batch: Batch) -> Tensor:
            return 1e25 * b.task.loss(outputs, batch)

    steep = replace(b, task=Steep())
    ended = train(steep, [trial("clip_norm", s) for s in (1, 2)])
    assert {r["trial"]["status"] for r in ended.values()} == {"ok"}
    assert all(r["trial"]["grad_norm_max"] > 1e20 for r in ended.values())


def test_a_solved_trial_stops_two_validations_later(tmp_path: Path) -> None:
    b = bench(tmp_path, "lstm", knobs={"length": 3}, updates=400, evaluate_every=20, batch=32)
    ended = train(b, [trial("none", 1, 0.02)])["none-{}-1-0.02"]["trial"]
    assert ended["status"] == "ok" and ended["steps_to_solve"] + 40 == ended["stopped_at"] < 400


def test_what_explodes_after_it_was_solved_was_solved(tmp_path: Path) -> None:
    """Broken by hand between the first validation that meets the pass mark and the last one."""

    def broken(stack: Stack) -> None:
        if (stack.traces[0].best_score or 1) <= b.task.pass_mark:
            stack.params["W"].fill_(float("nan"))

    b = bench(tmp_path, "lstm", knobs={"length": 3}, updates=400, evaluate_every=20, batch=32,
              valid_sequences=256, test_sequences=256)  # fmt: skip
    ended = train(replace(b, watch=broken), [trial("none", 1, 0.02)])["none-{}-1-0.02"]["trial"]
    assert ended["status"] == "ok" and ended["test_skill"] > 0.9
    assert ended["steps_to_solve"] < ended["stopped_at"] < 400


def test_who_gets_no_better_stops_and_disturbs_nobody(tmp_path: Path) -> None:
    trials = [trial("none", 1, 1e-7), trial("none", 2, 0.01), trial("none", 3, 1.0)]
    wishes = {"updates": 80, "patience": 2}
    early = train(bench(tmp_path / "a", **wishes), trials)
    late = train(bench(tmp_path / "b", updates=80), trials)
    stops = set()
    for one in trials:
        record = early[one.fingerprint]
        scores = [p[3] for p in record["curves"] if p[1:3] == ["valid", "score"]]
        best = scores.index(record["trial"]["valid_score"])
        stops.add(record["trial"]["stopped_at"])
        if record["trial"]["stopped_at"] < 80:
            assert len(scores) - 1 - best == 2, "two validations after the best, and no more"
        whole = late[one.fingerprint]["curves"]
        assert scores == [p[3] for p in whole if p[1:3] == ["valid", "score"]][: len(scores)]
        alone = train(bench(tmp_path / one.fingerprint, **wishes), [one])
        assert alone[one.fingerprint] == record
    assert len(stops) > 1, "the test shows nothing"
