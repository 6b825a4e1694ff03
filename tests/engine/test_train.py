"""The engine's promises, on whole small trainings."""

from dataclasses import replace

import pytest
import torch
from engine.bench import bench, train, trial

from seqbench.engine import train as engine
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
        restore(stack, state | {"slots": {}}, trials)

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
    # the probe at birth is the first loss of four rows with a graph
    torn = train(replace(b, task=Explodes(b.task, row=2, step=step + 1)), trials)
    broken = torn.pop(trials[2].fingerprint)["trial"]
    assert broken["status"] == "diverged" and f"at update {step}:" in broken["reason"]
    assert broken["test_score"] is not None, "its last finite weights are tested"
    assert torn == {k: v for k, v in calm.items() if k in torn}


def test_a_real_explosion_ends_as_diverged(tmp_path):
    b = bench(tmp_path, "rnn", cell_knobs={"activation": "relu", "gain": 3.0}, optimizer="sgd",
              knobs={"length": 60}, updates=30)  # fmt: skip
    ended = train(b, [trial("none", seed, 0.5) for seed in (1, 2)])
    assert {r["trial"]["status"] for r in ended.values()} == {"diverged"}


def test_a_solved_trial_stops_early(tmp_path):
    b = bench(tmp_path, "lstm", knobs={"length": 3}, updates=400, evaluate_every=20, batch=32)
    ended = train(b, [trial("none", 1, 0.02)])["none-{}-1-0.02"]["trial"]
    assert ended["status"] == "ok" and ended["steps_to_solve"] == ended["stopped_at"] < 400


def test_truncation_shows_in_the_flow_as_exact_zeros(tmp_path):
    b = bench(tmp_path, "rnn", knobs={"length": 20})
    ((_, record),) = train(b, [trial("truncate", horizon=5)]).items()
    for _, norms in record["flow"]:
        assert len(norms) == 20
        assert all(n > 0 for n in norms[:5]) and all(n == 0 for n in norms[5:])


def test_flow_of_an_orthogonal_linear_network_is_flat_and_of_a_small_one_falls(tmp_path):
    knobs = {"length": 30}
    b = bench(tmp_path, "rnn", knobs=knobs, cell_knobs={"activation": "relu"})
    flows = train(b, [trial("orthogonal"), trial("small_init")])
    small = next(r for k, r in flows.items() if k.startswith("small"))["flow"][0][1]
    assert small[25] < 1e-10 * small[0]


def test_a_closed_form_trial_has_no_updates_and_beats_chance(tmp_path):
    b = bench(tmp_path, "rnn", knobs={"length": 5}, hidden=60, solve_batches=40)
    trials = [trial("spectral_radius+ridge_readout", s, None) for s in (1, 2)]
    for record in train(b, trials).values():
        ended = record["trial"]
        assert ended["stopped_at"] == 0 and ended["altered"] is None if "altered" in ended else True
        assert ended["test_score"] < 0.5 * b.task.chance


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
