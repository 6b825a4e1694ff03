"""A task, and many sequences of it from a seed."""

from torch import Generator, Tensor

from seqbench import registry
from seqbench.task import Batch, Task

MANY = 8_000  # sequences of a Monte Carlo estimate


def stream(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def drawn(name: str, seed: int = 0, n: int = MANY, **knobs: object) -> tuple[Task, Batch]:
    task = registry.load_task(name, knobs)
    return task, task.sample(n, stream(seed))


def marked(marks: Tensor, count: int = 2) -> Tensor:
    """The marked steps in order, (count, n)."""
    return (marks == 1).float().topk(count, dim=0).indices.sort(0).values
