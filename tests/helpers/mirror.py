"""The real data that tests look at, where a mirror of them lies beside the project."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.task import Batch, Splits, Task
from tests.helpers.places import MIRROR

mirrored = pytest.mark.skipif(
    not MIRROR.is_dir(), reason="no mirror of the data in ../shared/data beside the project"
)
SMALL = {"words": 300, "longest": 10}  # of translations


def given(name: str, **knobs: object) -> tuple[Task, Splits]:
    """A task and its parts."""
    task = registry.load_task(name, knobs)
    splits = task.splits()
    assert splits
    return task, splits


def few(name: str, n: int = 40, **knobs: object) -> tuple[Task, Batch]:
    """Some of the test part: the first steps of a text, the first sequences of others."""
    task, splits = given(name, **knobs)
    if task.reading.carries:
        return task, splits.test.map(lambda part: part[:n])
    return task, splits.test.pick(slice(None, n))


def noise(task: Task, batch: Batch, *front: int) -> Tensor:
    """Outputs that know nothing. (..., A, B, O)"""
    shape = (*front, *batch.y.shape[:2], task.outputs)
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def right(task: Task, batch: Batch) -> Tensor:
    """Outputs that are right, and sure of it."""
    outputs = task.encode(batch)
    return outputs if outputs.is_floating_point() else 50.0 * outputs


def use_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The data of the mirror, where there is one, and an empty cache."""
    if MIRROR.is_dir():
        monkeypatch.setenv("SEQBENCH_MIRROR", str(MIRROR))
    monkeypatch.setenv("SEQBENCH_DATA", str(tmp_path / "cache"))


def run_freely(task: Task, batch: Batch, answers: Tensor) -> Tensor:
    """What is heard at each step by a network that says `answers`, step by step. (T, B, raw)"""
    heard = [batch.x[0]]
    for t in range(1, len(batch.x)):
        heard.append(task.feed(batch.x[t], answers[t - 1]))
    return torch.stack(heard)


def raw(place: str) -> str:
    """The text of a file of the mirror."""
    return (MIRROR / place).read_text(encoding="utf-8")
