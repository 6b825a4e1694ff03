"""The real data that tests look at, where a mirror of them lies beside the project."""

import pytest

from seqbench import registry
from seqbench.task import Splits, Task
from tests.helpers.places import MIRROR

mirrored = pytest.mark.skipif(
    not MIRROR.is_dir(), reason="no mirror of the data in ../shared/data beside the project"
)


def given(name: str, **knobs: object) -> tuple[Task, Splits]:
    """A task and its parts."""
    task = registry.load_task(name, knobs)
    splits = task.splits()
    assert splits
    return task, splits
