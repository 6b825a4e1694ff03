"""Pieces of a test in which no answer counts change nothing."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from seqbench import watchdog
from seqbench.engine.held_out import HeldOut
from seqbench.engine.loop import solve
from seqbench.engine.passes.windows import whole, windows
from seqbench.engine.scoring import evaluate as scoring
from seqbench.engine.scoring.evaluate import Scores, evaluate
from seqbench.engine.scoring.means import Means
from seqbench.errors import InputError
from seqbench.task import Batch, Classification, Splits, exact_match
from tests.helpers.toys import Text
from tests.helpers.training import bench, train, trial

SEQUENCES = 30


@dataclass(frozen=True, kw_only=True)
class Sparse(Text):
    """Of the text, few answers count, and of whole windows none."""

    steps: int = 5

    def splits(self) -> Splits:
        return Splits(*(_sparse(part) for part in super().splits()))


def _sparse(text: Batch) -> Batch:
    counts = torch.rand(text.y.shape, generator=torch.Generator().manual_seed(1)) < 0.15
    counts[:5] = False
    return replace(text, mask=counts.float())


@dataclass(frozen=True, kw_only=True)
class Parity(Classification):
    """Recorded; of the sequences after the tenth no answer is scored."""

    io_shape = "many_to_many"
    asked = "every"
    inputs, outputs, lag, chance, pass_mark = 1, 2, 5, 0.5, 0.9

    def splits(self) -> Splits:
        x = torch.randint(2, (6, SEQUENCES, 1), generator=torch.Generator().manual_seed(2)).float()
        y = x[..., 0].cumsum(0).long() % 2
        scored = torch.zeros(6, SEQUENCES)
        scored[0, :10] = 1
        return Splits(*[Batch(x, y, scored=scored)] * 3)


class Exact(Parity):
    """The same, sequences right as a whole."""

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        return exact_match(outputs, batch)


class Undefined(Parity):
    """The same, its own mean divides by the number of answers."""

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        right = (outputs.argmax(-1) == batch.y) * batch.scored
        return right.sum((-2, -1)) / batch.scored.sum((-2, -1))


def test_windows_in_which_no_answer_counts_train_and_validate(tmp_path: Path) -> None:
    setup = bench(tmp_path, "rnn", Sparse(), batch=1, valid_at_most=60)
    (record,) = train(setup, [trial()]).values()
    curves = {(split, name): value for _, split, name, value in record["curves"]}
    assert record["trial"]["status"] == "ok" and curves["valid", "score"] > 0
    assert record["trial"]["test_score"] > 0 and record["trial"]["lost"] == 0


def test_a_part_cut_down_to_answers_that_do_not_count_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="valid_at_most 5: none of its answers counts. Allowed: "):
        bench(tmp_path, "rnn", Sparse(), batch=1, valid_at_most=5)


def test_the_gradient_of_a_window_in_which_no_answer_counts_is_zero(tmp_path: Path) -> None:
    setup = bench(tmp_path, "rnn", Sparse(), batch=1, updates=1, evaluate_every=1)
    one, mask = trial(), setup.source.batch([1], 0).mask
    assert mask is not None and not mask.any(), "the test shows nothing"
    stack = setup.stack([one])
    before = {name: weight.clone() for name, weight in stack.params.items()}
    (record,) = train(setup, [one]).values()
    assert record["trial"]["grad_norm_max"] == 0
    scores = [value for *_, name, value in record["curves"] if name == "score"]
    whole = evaluate(stack.forward("valid", before), setup.task, setup.source.valid([1, 1]))
    assert scores == whole.score.tolist()[:1], "no weight has moved"


def scores(folder: Path, task: Parity) -> Scores:
    setup = bench(folder, "rnn", task)
    return evaluate(setup.stack([trial()]).forward("valid"), task, setup.source.valid([1, 1]))


@pytest.mark.parametrize("task", [Parity(), Exact(), Undefined()], ids=lambda t: type(t).__name__)
@pytest.mark.parametrize("chunk", [8, 15])
def test_pieces_without_a_scored_answer_have_no_weight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: Parity, chunk: int
) -> None:
    """Of 8: eight, two and no sequences with a scored answer."""
    whole = scores(tmp_path, task)
    monkeypatch.setattr(scoring, "CHUNK", chunk)
    pieces = scores(tmp_path, task)
    assert whole.score.isfinite().all() and 0 < whole.score[0] < 1
    torch.testing.assert_close(pieces.score, whole.score)
    torch.testing.assert_close(pieces.loss, whole.loss)


def test_the_mean_of_ones_over_the_windows_of_a_text_is_one() -> None:
    """Windows weigh what their answers are, which are whole numbers: nothing is rounded."""
    task = Sparse()
    text = task.splits().valid
    means = Means(task, HeldOut((text,)))
    for piece in windows(whole(text, 4), task.steps):
        means.add(piece, {"score": torch.ones(1)})
    assert means.taken()["score"] == 1 and means.counts["score"] == text.mask.sum() > 0


def test_every_piece_of_a_test_and_of_a_solve_says_that_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a single piece that takes too long is a hang."""
    beats: list[None] = []
    monkeypatch.setattr(watchdog, "beat", lambda: beats.append(None))
    monkeypatch.setattr(scoring, "CHUNK", 8)
    scores(tmp_path, Parity())
    assert len(beats) == 4
    beats.clear()
    setup = bench(tmp_path / "solved", solve_batches=5)
    stack = setup.stack([trial("ridge_readout", rate=None)])
    solve(stack, setup.source, setup.task, 5, lambda *readout: torch.zeros(2))
    assert len(beats) == 5
