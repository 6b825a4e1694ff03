"""Cells, remedies and tasks of which one verb is what a test wants to be wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, affine
from seqbench.cells.rnn import Rnn
from seqbench.engine.purity.tasks import prove_task
from seqbench.engine.source import Source
from seqbench.engine.streams import CPU
from seqbench.remedy import Remedy
from seqbench.task import Batch, Classification, Task

Body = Callable[[Cell, Tensors, Tensor], Tensor]


def cell(body: Body) -> Cell:
    """A simple recurrent cell whose new state is made of W x + U h + b as the body says."""

    def step(self: Cell, params: Tensors, state: State, x: Tensor) -> State:
        return (body(self, params, affine(params, x, *state)),)

    methods = {"step": step, "body": body}  # the file of the body is one of its files
    return dataclass(frozen=True, kw_only=True)(type("Body", (Rnn,), methods))()


def remedy(verb: str, function: Callable[..., object]) -> Remedy:
    """A remedy of one verb."""
    method = {verb: lambda self, *given: function(*given)}
    return dataclass(frozen=True, kw_only=True)(type("Body", (Remedy,), method))()


@dataclass(frozen=True, kw_only=True)
class Coin(Classification):
    """Which of two symbols came; a test replaces what it wants to be wrong."""

    io_shape: ClassVar = "many_to_one"
    inputs, outputs, chance, pass_mark, lag = 1, 2, 0.5, 0.9, 3

    def sample(self, n: int, stream: Generator) -> Batch:
        y = torch.randint(2, (1, n), generator=stream)
        return Batch(y.expand(4, -1)[..., None].float(), y)


def tried(task: Task) -> None:
    """A task is proved on a few sequences."""
    source = Source(task, 4, 4, 4, CPU)
    prove_task(task, lambda seeds: source.batch([*seeds], 0))
