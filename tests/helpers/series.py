"""What tests of tasks on measured signals share."""

import torch
from torch import Generator, Tensor

from seqbench import registry
from seqbench.task import Batch, Task


def load(name: str, **knobs: object) -> Task:
    return registry.load_task(name, knobs)


def held_out(task: Task) -> Batch:
    splits = task.splits()
    assert splits
    return splits.test


def random(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=Generator().manual_seed(0))
