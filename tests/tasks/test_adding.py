"""The adding problem and its published variants."""

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.task import Batch, Task
from tests.helpers.sampling import MANY, marked, stream

ADDING = ("arjovsky16", "hs97", "pascanu13", "bai18")


def adding(variant: str, length: int = 50) -> tuple[Task, Tensor, Tensor, Tensor]:
    """The task, and of many sequences: values (T, n), marks (T, n), targets (n,)."""
    task = registry.load_task(f"adding@{variant}", {"length": length})
    batch = task.sample(MANY, stream(5))
    return task, batch.x[..., 0], batch.x[..., 1], batch.y[0, :, 0]


@pytest.mark.parametrize("variant", ADDING)
def test_adding_adds_the_marked(variant: str) -> None:
    _, values, marks, targets = adding(variant)
    total = (values * (marks == 1)).sum(0)
    answer = {"hs97": 0.5 + total / 4, "pascanu13": total / 2}.get(variant, total)
    torch.testing.assert_close(targets, answer)
    # far past: another value at the first mark is another answer
    assert (values.gather(0, marked(marks))[0].std()) > 0.25


@pytest.mark.parametrize("variant", ("arjovsky16", "bai18"))
def test_adding_constant_one_scores_a_sixth(variant: str) -> None:
    _, values, _, targets = adding(variant)
    assert (targets - 1).square().mean().item() == pytest.approx(1 / 6, abs=5e-3)
    assert values.min() >= 0 and values.max() <= 1


@pytest.mark.parametrize("length", (50, 51))
def test_adding_arjovsky16_marks_one_in_each_half(length: int) -> None:
    _, _, marks, _ = adding("arjovsky16", length)
    first, second = marked(marks)
    assert (marks.sum(0) == 2).all()
    assert first.min() == 0 and first.max() == length // 2 - 1
    assert second.min() == length // 2 and second.max() == length - 1


def test_adding_bai18_marks_anywhere_and_repeats_fixed_sequences() -> None:
    task, _, marks, _ = adding("bai18")
    first, second = marked(marks)
    assert (marks.sum(0) == 2).all()
    assert first.min() == 0 and first.max() > 40 and second.min() < 10
    assert (second - first).min() == 1, "neighbors are allowed"
    splits = task.splits()
    assert splits and [len(part) for part in splits] == [50_000, 1_000, 1_000]


def test_adding_pascanu13_marks_lengths_and_mark() -> None:
    """Constant .5 is right for 64 %: an error counts beyond .2, and skill must correct for it."""
    task, _, marks, targets = adding("pascanu13", 100)
    lengths = set()
    for seed in range(200):
        x = task.sample(4, stream(seed)).x
        assert x.shape[0] == 109, "silence fills every batch to the longest, 1.1 L - 1"
        silence = int((x.abs().sum((1, 2)) > 0).float().argmax())
        lengths.add(109 - silence)
        steps = marked(x[silence:, :, 1])
        tenth, half = (109 - silence) // 10, (109 - silence) // 2
        assert (steps[0] < tenth).all() and (tenth <= steps[1]).all() and (steps[1] < half).all()
    assert lengths == set(range(100, 110))
    assert ((targets - 0.5).square() > 0.04).float().mean().item() == pytest.approx(0.36, abs=0.01)
    assert task.chance == pytest.approx(0.36)
    assert targets.var().item() == pytest.approx(1 / 24, rel=0.03)


def test_adding_hs97_ends_values_and_mark() -> None:
    """Constant .5 is right for 15.4 %; both ends carry -1; a first step chosen counts zero."""
    task, values, marks, targets = adding("hs97")
    start = int((marks[:, 0] == -1).float().argmax())
    values, marks = values[start:], marks[start:]
    assert (marks[0] == -1).all() and (marks[-1] == -1).all()
    assert values.min() < -0.9 and values.max() > 0.9
    lost = (marks == 1).sum(0) == 1  # one of the marks fell on the first step
    assert lost.float().mean().item() == pytest.approx(0.1 + 0.9 / 24, abs=0.01)
    assert (values[0, lost] == 0).all()
    assert (marked(marks)[1, ~lost] <= 24).all()
    right = ((targets - 0.5).abs() < 0.04).float().mean().item()
    assert right == pytest.approx(0.154, abs=0.01)
    lengths = {int((task.sample(1, stream(s)).x[:, 0, 1] == -1).nonzero()[0]) for s in range(99)}
    assert lengths == set(range(6)), "T to T + T/10 steps, the silence before them"


@pytest.mark.parametrize(("variant", "bound"), (("hs97", 0.04), ("pascanu13", 0.2)))
def test_adding_judges_by_its_own_bound(variant: str, bound: float) -> None:
    task = registry.load_task(f"adding@{variant}")
    assert task.metric == "error_rate" and not task.larger_is_better
    batch = Batch(x=torch.zeros(1, 4, 2), y=torch.zeros(1, 4, 1))
    errors = torch.tensor([0.9 * bound, -0.9 * bound, 1.1 * bound, -1.1 * bound])
    assert task.score(errors[None, :, None], batch).item() == 0.5
