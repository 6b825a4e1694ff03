"""The engine's promises, on whole small trainings."""

from dataclasses import dataclass, replace

import pytest
import torch
from engine.bench import bench, train, trial

from seqbench import registry
from seqbench.engine import train as engine
from seqbench.engine.fused.build import available
from seqbench.engine.passes.unroll import unroll
from seqbench.engine.streams import RowNoise
from seqbench.remedy import At, Remedy
from seqbench.task import Batch


def mixed():
    """Trials that share a stack although their remedies differ."""
    names = ("none", "clip_norm", "orthogonal", "clip_norm+orthogonal", "freeze_recurrent")
    return [trial(n, seed, rate) for n in names for seed in (1, 2) for rate in (0.01, 0.1)]


@pytest.mark.parametrize("odd", [{}, {"hidden": 5, "batch": 3, "valid_sequences": 7}])
@pytest.mark.parametrize("cell", ["rnn", "jordan", "lstm_peephole", "gru"])
def test_a_trial_gives_the_same_bits_alone_and_stacked(tmp_path, cell, odd):
    together = train(bench(tmp_path / "all", cell, **odd), mixed())
    for n, one in enumerate(mixed()[::7]):
        alone = train(bench(tmp_path / f"alone{n}", cell, **odd), [one])
        assert alone[one.fingerprint] == together[one.fingerprint]


def test_the_width_of_stacks_changes_nothing(tmp_path):
    wide = train(bench(tmp_path / "wide"), mixed())
    assert train(bench(tmp_path / "narrow", stack=3), mixed()) == wide


def parking(remedy):
    """Two trials that are solved early beside one that is not: the last is left alone."""
    return [trial(remedy, 1, 0.02), trial(remedy, 2, 0.02), trial(remedy, 3, 1e-5)]


@pytest.mark.parametrize("remedy", ["none", "zoneout", "gradient_noise"])
def test_the_last_of_a_stack_leaves_what_it_would_leave_alone(tmp_path, remedy):
    knobs = {"knobs": {"length": 3}, "updates": 400, "evaluate_every": 20, "batch": 32}
    together = train(bench(tmp_path / "all", **knobs), parking(remedy))
    stops = [together[t.fingerprint]["trial"]["stopped_at"] for t in parking(remedy)]
    assert max(stops[:2]) < stops[2] == 400, "the test shows nothing"
    last = parking(remedy)[2]
    alone = train(bench(tmp_path / "alone", **knobs), [last])
    assert together[last.fingerprint] == alone[last.fingerprint]


@pytest.mark.parametrize("every", [4, 6, 12])
def test_no_point_is_recorded_twice(tmp_path, every):
    for record in train(bench(tmp_path, evaluate_every=every), mixed()).values():
        points = [tuple(point[:3]) for point in record["curves"]]
        assert len(points) == len(set(points))
        steps = [step for step, _ in record["flow"]]
        assert steps == sorted(set(steps)) and steps[0] == 0 and steps[-1] == 12


def test_two_names_for_one_trial_are_trained_once_and_resume(tmp_path, monkeypatch):
    twins = [trial("none", 1), trial("none", 1), trial("none", 2)]
    calm = train(bench(tmp_path / "calm"), twins)
    monkeypatch.setattr(engine, "CHECKPOINT_SECONDS", 0.0)
    torn = bench(tmp_path / "torn")

    def interrupt(stack):
        if stack.done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(replace(torn, watch=interrupt), twins)
    assert train(torn, twins) == calm


def test_two_threads_give_the_bits_of_one(tmp_path):
    one = train(bench(tmp_path / "one"), mixed())
    torch.set_num_threads(2)
    try:
        assert train(bench(tmp_path / "two"), mixed()) == one
    finally:
        torch.set_num_threads(1)


@pytest.mark.parametrize("remedy", ["none", "truncate", "gradient_penalty", "clip_value"])
def test_an_interrupted_stack_goes_on_to_the_same_bits(tmp_path, monkeypatch, remedy):
    trials = [trial(remedy, seed, 0.02) for seed in (1, 2, 3)]
    calm = train(bench(tmp_path / "calm"), trials)
    monkeypatch.setattr(engine, "CHECKPOINT_SECONDS", 0.0)

    def interrupt(stack):
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


def test_what_a_checkpoint_leaves_out_would_be_noticed(tmp_path, monkeypatch):
    """The negative control of the test above: without the optimizer's slots the bits differ."""
    trials = [trial("none", seed, 0.02) for seed in (1, 2)]
    calm = train(bench(tmp_path / "calm"), trials)
    monkeypatch.setattr(engine, "CHECKPOINT_SECONDS", 0.0)
    torn = bench(tmp_path / "torn")

    def interrupt(stack):
        if stack.done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(replace(torn, watch=interrupt), trials)
    restore = engine.Stack.restore

    def forgetful(stack, state, trials):
        tensors = state["tensors"] | {"slots": {}}
        restore(stack, state | {"tensors": tensors}, trials)

    monkeypatch.setattr(engine.Stack, "restore", forgetful)
    assert train(torn, trials) != calm


def test_a_damaged_checkpoint_or_result_is_never_used(tmp_path):
    trials = [trial("none", seed) for seed in (1, 2)]
    b = bench(tmp_path)
    calm = train(b, trials)
    entry = next(tmp_path.rglob("*.json"))
    entry.write_bytes(entry.read_bytes().replace(b"0.", b"1.", 1))
    words = []
    b.store.say = words.append
    assert train(b, trials) == calm
    assert any("damaged" in w for w in words)


def test_finished_trials_are_not_trained_again(tmp_path):
    b = bench(tmp_path)
    train(b, [trial("none", 1)])
    seen = []
    watching = replace(b, watch=lambda stack: seen.extend(t.seed for t in stack.trials))
    train(watching, [trial("none", 1), trial("none", 2), trial("none", 3)])
    assert set(seen) == {2, 3}


class Explodes:
    """A loss that turns to NaN for one seed at one update."""

    def __init__(self, task, row, step):
        self.task, self.row, self.left = task, row, step

    def __getattr__(self, name):
        return getattr(self.task, name)

    def loss(self, outputs, batch: Batch):
        loss = self.task.loss(outputs, batch)
        if not loss.requires_grad or loss.shape[0] < 4:
            return loss
        self.left -= 1
        bomb = torch.zeros(len(loss))
        bomb[self.row] = float("nan") if self.left == 0 else 0.0
        return loss + bomb


@pytest.mark.parametrize("step", [1, 6])
def test_a_diverged_trial_is_parked_and_its_neighbors_do_not_notice(tmp_path, step):
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


def test_a_real_explosion_ends_as_diverged(tmp_path):
    b = bench(tmp_path, "rnn", cell_knobs={"activation": "relu", "gain": 3.0}, optimizer="sgd",
              knobs={"length": 60}, updates=30)  # fmt: skip
    ended = train(b, [trial("none", seed, 0.5) for seed in (1, 2)])
    assert {r["trial"]["status"] for r in ended.values()} == {"diverged"}


def test_what_never_had_a_finite_validation_has_no_score(tmp_path):
    b = bench(tmp_path, "rnn", cell_knobs={"activation": "relu", "gain": 40.0}, optimizer="sgd",
              knobs={"length": 60}, updates=8)  # fmt: skip
    names = [("none", 0.5), ("ridge_readout", None)]
    for record in train(b, [trial(n, s, rate) for n, rate in names for s in (1, 2)]).values():
        ended = record["trial"]
        assert ended["status"] == "diverged" and "no score" in ended["reason"]
        assert ended["test_score"] is None and ended["solved"] is False


def test_a_huge_gradient_that_is_finite_is_clipped_not_parked(tmp_path):
    b = bench(tmp_path)

    class Steep:
        def __getattr__(self, name):
            return getattr(b.task, name)

        def loss(self, outputs, batch):
            return 1e25 * b.task.loss(outputs, batch)

    steep = replace(b, task=Steep())
    ended = train(steep, [trial("clip_norm", s) for s in (1, 2)])
    assert {r["trial"]["status"] for r in ended.values()} == {"ok"}
    assert all(r["trial"]["grad_norm_max"] > 1e20 for r in ended.values())


def test_time_out_is_told_and_the_next_run_goes_on(tmp_path):
    trials = [trial("none", s) for s in (1, 2)]
    calm = train(bench(tmp_path / "calm"), trials)
    late = bench(tmp_path / "late", timeout_minutes=1e-9)
    first = train(late, trials)
    assert {r["trial"]["status"] for r in first.values()} == {"timeout"}
    assert {r["trial"]["stopped_at"] for r in first.values()} == {4}
    steps = []
    patient = replace(late, settings=replace(late.settings, timeout_minutes=60.0))
    again = train(replace(patient, watch=lambda stack: steps.append(stack.done)), trials)
    assert steps == [8, 12] and again == calm


def test_a_trial_within_its_budget_is_never_called_late(tmp_path):
    ended = train(bench(tmp_path, updates=4, timeout_minutes=1e-9), [trial("none", 1)])
    assert {r["trial"]["status"] for r in ended.values()} == {"ok"}


def test_a_solved_trial_stops_two_validations_later(tmp_path):
    b = bench(tmp_path, "lstm", knobs={"length": 3}, updates=400, evaluate_every=20, batch=32)
    ended = train(b, [trial("none", 1, 0.02)])["none-{}-1-0.02"]["trial"]
    assert ended["status"] == "ok" and ended["steps_to_solve"] + 40 == ended["stopped_at"] < 400


def test_what_explodes_after_it_was_solved_was_solved(tmp_path):
    """Broken by hand between the first validation that meets the pass mark and the last one."""

    def broken(stack):
        if (stack.traces[0].best_score or 1) <= b.task.pass_mark:
            stack.params["W"].fill_(float("nan"))

    b = bench(tmp_path, "lstm", knobs={"length": 3}, updates=400, evaluate_every=20, batch=32)
    ended = train(replace(b, watch=broken), [trial("none", 1, 0.02)])["none-{}-1-0.02"]["trial"]
    assert ended["status"] == "ok" and ended["test_skill"] > 0.9
    assert ended["steps_to_solve"] < ended["stopped_at"] < 400


def test_truncation_shows_in_the_flow_as_exact_zeros(tmp_path):
    b = bench(tmp_path, "rnn", knobs={"length": 20})
    ((_, record),) = train(b, [trial("truncate", horizon=5)]).items()
    for _, norms in record["flow"]:
        assert len(norms) == 20
        assert all(n > 0 for n in norms[:5]) and all(n == 0 for n in norms[5:])


def test_the_flow_of_a_small_start_vanishes_and_of_a_loud_one_does_not(tmp_path):
    def ratio(folder, gain, remedy):
        b = bench(tmp_path / folder, "rnn", knobs={"length": 30}, cell_knobs={"gain": gain})
        norms = train(b, [trial(remedy)])[trial(remedy).fingerprint]["flow"][0][1]
        return norms[25] / norms[0]

    assert 0 < ratio("small", 1.0, "small_init") < 1e-18
    assert ratio("loud", 4.0, "none") > 1


def test_a_closed_form_trial_has_no_updates_and_beats_chance(tmp_path):
    b = bench(tmp_path, "rnn", knobs={"length": 5}, hidden=60, solve_batches=40)
    trials = [trial("spectral_radius+ridge_readout", s, None) for s in (1, 2)]
    for record in train(b, trials).values():
        ended = record["trial"]
        assert ended["stopped_at"] == 0 and "grad_norm_max" not in ended
        assert ended["test_score"] < 0.5 * b.task.chance


def test_held_out_sequences_are_evaluated_in_chunks_and_all_of_them_count(tmp_path, monkeypatch):
    from seqbench.engine.scoring import evaluate

    b = bench(tmp_path, "rnn", test_sequences=50)
    stack = b.stack([trial("none", 1), trial("none", 2)])
    arguments = (stack.forward("test"), b.task, b.source.test)
    whole = evaluate.evaluate(*arguments)
    monkeypatch.setattr(evaluate, "CHUNK", 16)
    for parts, at_once in zip(evaluate.evaluate(*arguments), whole, strict=True):
        torch.testing.assert_close(parts, at_once)


def test_free_running_feeds_back_its_own_output(tmp_path):
    b = bench(tmp_path, "lstm", task="digits_spelled", knobs={}, updates=4, evaluate_every=4)
    fed = []

    class Spy:
        def __getattr__(self, name):
            return getattr(b.task, name)

        def feed(self, x, output):
            fed.append(torch.is_grad_enabled())
            return b.task.feed(x, output)

    train(replace(b, task=Spy()), [trial("none", 1), trial("none", 2)])
    assert fed and not any(fed), "training is teacher-forced, evaluation runs free"


@dataclass(frozen=True, kw_only=True)
class Echo(Remedy):
    """Puts the newest and the oldest remembered state into the new one, to see who is handed in."""

    @property
    def reach(self) -> int:
        return 3

    def advance(self, past, new, at):
        return tuple(n + o for n, o in zip(new, past[0], strict=True))


def test_advance_reaches_back_and_is_what_the_readout_sees():
    cell, x = registry.load_cell("memoryless"), torch.zeros(6, 4, 2)
    params = {k: torch.ones(shape) for k, shape in cell.shapes({"I": 2, "H": 8, "O": 1}).items()}
    where = At(cell, 0, RowNoise(1, "noise/pass", 0, torch.device("cpu")), 5)
    h = [state[0][0, 0] for state in unroll(cell, params, x, Echo(), where)]
    one = torch.tanh(torch.tensor(1.0))  # the past holds three states at most, zeros at first
    assert torch.allclose(torch.stack(h), one * torch.tensor([1, 1, 1, 2, 2, 2]))


@pytest.mark.parametrize("remedy", ["none", "truncate", "clip_through_time", "weight_penalty"])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_kernels_and_steps_train_alike_and_the_record_says_which(tmp_path, cell, remedy):
    """Rounding apart: twelve updates later the losses still agree."""
    losses = {}
    for engine_, name in (("auto", "fused"), ("eager", "eager")):
        b = bench(tmp_path / engine_, cell, engine=engine_)
        one = trial(remedy, **({"horizon": 3} if remedy == "truncate" else {}))
        (record,) = train(b, [one]).values()
        losses[name] = [value for _, _, quantity, value in record["curves"] if quantity == "loss"]
        costs = b.store.result(one.fingerprint)["cost"]
        assert costs["engine"] == name or not available()
    assert losses["fused"] == pytest.approx(losses["eager"], rel=1e-4)


def test_a_penalty_that_looks_now_and_then_leaves_the_rest_to_kernels(tmp_path):
    told = {}
    for every in (1, 5):
        b, one = bench(tmp_path / str(every), "rnn"), trial("gradient_penalty", every=every)
        train(b, [one])
        told[every] = b.store.result(one.fingerprint)["cost"]["engine"]
    assert told == {1: "eager", 5: "eager+fused" if available() else "eager"}


def test_who_gets_no_better_stops_and_disturbs_nobody(tmp_path):
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
