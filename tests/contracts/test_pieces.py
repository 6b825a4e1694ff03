"""A test that is read in pieces gives the numbers of all of it, in whatever order it lies."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import cast

import pytest
import torch
from torch import Generator, Tensor

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.engine.held_out import HeldOut
from seqbench.engine.passes.forward import Forward
from seqbench.engine.scoring import evaluate as scoring
from seqbench.engine.scoring.evaluate import Scores, evaluate
from seqbench.errors import MissingData
from seqbench.task import Batch, Classification, ExactMatch, Task
from seqbench.task.pooled import Pooled
from tests.helpers.sampling import stream

SEQUENCES, CHUNK = 45, 8
SETTINGS = [(name, "") for name in registry.names("tasks")] + [
    *(("adding", variant) for variant in ("hs97", "pascanu13")),
    *(("timing", variant) for variant in ("measuring", "generating", "periodic")),
    *(("copy", "lezcano19"), ("multiplication", "hs97"), ("two_sequence", "3b")),
]


def answers(task: Task, batch: Batch) -> Tensor:
    """Some sequences right, others not, whatever lies beside them: (..., A, B, O)"""
    right = task.encode(batch).double()
    steps, columns = torch.arange(batch.x.shape[-3]), torch.arange(batch.x.shape[-1])
    places = (steps[:, None, None] + len(steps) * columns).double()
    phase = (batch.x * torch.cos(places)).sum((-3, -1))
    places = 1 + torch.arange(right.shape[-3])[:, None, None] + 3 * torch.arange(right.shape[-1])
    noise = torch.sin(phase[..., None, :, None] * places)
    wrong = (torch.sin(5 * phase) > 0)[..., None, :, None]
    return (right + torch.where(wrong, 9 * noise, 0.1 * noise)).float()


def in_pieces(task: Task, batch: Batch) -> Scores:
    """As an engine evaluates whose network says these answers."""

    def run(some: Batch, asked: str, **more: object) -> SimpleNamespace:
        return SimpleNamespace(features=answers(task, some), last=())

    forward = SimpleNamespace(
        trials=1, passes=SimpleNamespace(batch=3), run=run,
        outputs=lambda features: features, feed=lambda task, batch: None,
    )  # fmt: skip
    return evaluate(cast("Forward", forward), task, HeldOut((batch,)), measured=True)


def at_once(task: Task, batch: Batch) -> Scores:
    """By the task's own words."""
    said = answers(task, batch)
    measures: Tensors = task.measures(said, batch)
    if isinstance(task, Pooled):
        measures |= task.others(task.decide(said, batch), batch)
    return Scores(task.loss(said, batch), task.score(said, batch), measures)


def same(task: Task, batch: Batch) -> None:
    """In pieces and at once; in order of how many answers count, and shuffled."""
    known = at_once(task, batch)
    assert known.loss > 0 and known.score != task.perfect, "the test shows nothing"
    counted = [weights.sum(0) for weights in (batch.mask, batch.scored) if weights is not None]
    shuffled = torch.randperm(len(batch), generator=stream(4))
    for order in (shuffled, *(count.argsort(stable=True) for count in counted)):
        some = batch.pick(order)
        compare(in_pieces(task, some), at_once(task, some))
        if task.metric != "corrected_chrf":  # compares with those that lie so far behind
            compare(in_pieces(task, some), known)


def compare(found: Scores, wanted: Scores) -> None:
    assert found.measures.keys() == wanted.measures.keys()
    ours, theirs = ({"loss": s.loss, "score": s.score} | s.measures for s in (found, wanted))
    for name, value in theirs.items():
        assert value.isfinite()
        torch.testing.assert_close(ours[name].squeeze(), value, rtol=1e-5, atol=1e-6, msg=name)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "CHUNK", CHUNK)


@pytest.mark.parametrize(("name", "variant"), SETTINGS)
def test_every_task(name: str, variant: str) -> None:
    task = registry.load_task(name, {"variant": variant} if variant else {})
    try:
        splits = task.splits()
    except MissingData as absent:
        pytest.skip(str(absent))
    if task.reading.carries:
        pytest.skip("a text has one order, and windows have a test of their own")
    if splits:
        return same(task, splits.test.pick(slice(0, SEQUENCES)))
    drawn = [task.sample(5, stream(seed)) for seed in range(SEQUENCES // 5)]
    same(task, drawn[0].joined(*drawn[1:]))


@dataclass(frozen=True, kw_only=True)
class Uneven(Classification):
    """One answer of short sequences counts, six of long ones."""

    io_shape = "many_to_many"
    asked = "every"
    inputs, outputs, lag, chance, pass_mark = 1, 2, 0, 0.5, 0.9

    def sample(self, n: int, stream: Generator) -> Batch:
        x = torch.rand(6, n, 1, generator=stream)
        mask = torch.ones(6, n)
        mask[1:, : n // 2] = 0
        return Batch(x=x, y=(x[..., 0] > 0.5).long(), mask=mask)


class UnevenExact(ExactMatch, Uneven):
    """The same, sequences right as a whole."""


class UnevenScored(Uneven):
    """All answers are trained, and the others are scored."""

    def sample(self, n: int, stream: Generator) -> Batch:
        batch = super().sample(n, stream)
        assert batch.mask is not None
        return Batch(batch.x, batch.y, scored=1 - batch.mask)


@pytest.mark.parametrize(
    "task", [Uneven(), UnevenExact(), UnevenScored()], ids=lambda t: type(t).__name__
)
def test_sequences_of_which_other_numbers_of_answers_count(task: Task) -> None:
    batch = task.sample(SEQUENCES, stream(1))
    same(task, batch)
    alone = [in_pieces(task, batch.pick(part)) for part in (slice(0, 22), slice(22, None))]
    assert alone[0].loss != alone[1].loss, "the test shows nothing"
