"""Held-out sequences: of a seed's own where they are drawn, of all where they are recorded."""

from pathlib import Path

import pytest
import torch
from scipy import stats

from seqbench.axes import Tensors
from seqbench.engine.held_out import HeldOut
from seqbench.engine.scoring.evaluate import Scores, evaluate, scores
from seqbench.engine.setup import Setup
from seqbench.task import Batch
from tests.helpers.training import bench, train, trial

SEEDS, SEQUENCES = range(1, 201), 64
LAMBDAS = (1e-6, 1e-4, 1e-2, 1.0)


def answered(laid: Setup, seeds: list[int], **weights: float) -> Scores:
    """Scores of rows of these seeds, whose readout says the same number whatever it is shown."""
    stack = laid.stack([trial(seed=seed) for seed in seeds])
    said = {k: torch.full_like(w, weights.get(k, 0.0)) for k, w in stack.params.items()}
    return scores(stack.forwards("test", said), laid.task, laid.source.test(seeds))


def test_a_seed_has_its_own_sequences_and_remedies_of_one_seed_the_same(tmp_path: Path) -> None:
    source = bench(tmp_path).source
    for name in ("valid", "test"):
        held: HeldOut = getattr(source, name)([2, 1, 2])
        (whole,) = held.pieces(100)
        assert whole.x.shape[:1] == (3,) and len(held) == 16
        assert torch.equal(whole.x[0], whole.x[2]) and torch.equal(whole.y[0], whole.y[2])
        assert not torch.equal(whole.x[0], whole.x[1])
    assert not torch.equal(source.test([1]).parts[0].x, source.valid([1]).parts[0].x)
    assert torch.equal(source.test([1]).parts[0].x, source.test([3, 1]).parts[0].x)


def test_probes_are_those_of_all_seeds(tmp_path: Path) -> None:
    one, other = (bench(tmp_path / name).source for name in "ab")
    other.draw([7])
    assert torch.equal(one.probe(5).x, other.probe(5).x) and len(one.probe(5)) == 5


def test_recorded_data_are_held_out_for_all_seeds_alike(tmp_path: Path) -> None:
    held = bench(tmp_path, task="digits_image", knobs={}).source.test([2, 1, 2])
    assert held.rows is None and len(held.parts) == 1
    assert next(held.pieces(7)).x.shape[:2] == (1, 7)


def test_a_trials_scores_are_the_same_alone_and_beside_any_seeds(tmp_path: Path) -> None:
    trials = [trial(name, seed) for seed in (1, 2, 3) for name in ("none", "zoneout")]
    trials += [trial("ridge_readout", seed, None) for seed in (1, 2, 3)]
    together = train(bench(tmp_path / "all", "rnn"), trials)
    for one in (trials[2], trials[3], trials[-1]):
        alone = train(bench(tmp_path / "one", "rnn"), [one])
        assert alone[one.fingerprint] == together[one.fingerprint]


def test_the_spread_of_a_constants_test_score_is_that_of_sampling(tmp_path: Path) -> None:
    """Always 1 has squared errors of mean 1/6, and their variance is that of the task itself."""
    laid = bench(tmp_path, hidden=1, test_sequences=SEQUENCES)
    said = answered(laid, [*SEEDS], b_out=1.0).score.double()
    errors = (laid.task.sample(100_000, torch.Generator().manual_seed(0)).y - 1).square()
    expected = errors.var().item() / SEQUENCES
    degrees = len(SEEDS) - 1
    ratio = degrees * said.var().item() / expected
    assert 0.001 < stats.chi2.cdf(ratio, degrees) < 0.999
    assert abs(said.mean().item() - 1 / 6) < 4 * (expected / len(SEEDS)) ** 0.5


def test_a_closed_form_readout_is_chosen_on_the_sequences_of_its_seed(tmp_path: Path) -> None:
    """Of all lambdas the one whose validation loss is the lowest for this seed alone."""
    laid = bench(tmp_path, "rnn", solve_batches=2, valid_sequences=4)
    trials = [trial("ridge_readout", seed, None) for seed in (1, 2)]
    for one in trials:
        found = train(laid, trials)[one.fingerprint]
        fixed = [trial("ridge_readout", one.seed, None, lambdas=(a,)) for a in LAMBDAS]
        losses = [valid_loss(record) for k in fixed for record in train(laid, [k]).values()]
        assert valid_loss(found) == min(losses) < max(losses)


def valid_loss(record: dict) -> float:
    curves = {(split, name): value for _, split, name, value in record["curves"]}
    return curves["valid", "loss"]


def test_what_rows_say_is_judged_by_their_own_set() -> None:
    parts = tuple(Batch(torch.zeros(1, 2, 1), torch.full((1, 2), k)) for k in range(3))
    held = HeldOut(parts, (2, 0, 1, 0))
    said = torch.tensor([2, 0, 0, 0])[:, None, None].expand(-1, 1, 2)

    def right(said: torch.Tensor, batch: Batch) -> Tensors:
        assert len(said) > 1  # a lonely row may round in another way
        return {"right": (said == batch.y).all(-1).all(-1)}

    assert held.each(said, right)["right"].tolist() == [True, True, False, True]


@pytest.mark.parametrize("task", ["delay_memory", "selective_copy", "timing"])
def test_scores_of_several_seeds_are_those_of_each(tmp_path: Path, task: str) -> None:
    """Tasks judged at once, and with answers that count differently."""
    laid = bench(tmp_path, "rnn", task, {"delays": 3, "length": 9} if "delay" in task else {})
    stack = laid.stack([trial(seed=seed) for seed in (1, 2, 1)])
    whole = evaluate(stack.forward("test"), laid.task, laid.source.test([1, 2, 1]), measured=True)
    for rows in ([0, 2], [1, 1]):
        params = {k: w[rows] for k, w in stack.params.items()}
        held = laid.source.test([stack.seeds[row] for row in rows])
        alone = evaluate(stack.forward("test", params, rows), laid.task, held, measured=True)
        assert torch.equal(alone.score, whole.score[rows])
        assert torch.equal(alone.loss, whole.loss[rows])
        for name, values in alone.measures.items():
            assert torch.equal(values, whole.measures[name][rows])
