"""The whole network of a task: a cell, and what the task and the matrix put around it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Param
from seqbench.errors import InputError
from seqbench.front import Front
from seqbench.networks.around import Around
from seqbench.networks.bidirectional import Both, turned
from seqbench.networks.encoder_decoder import Coder
from seqbench.networks.layers import Deep
from seqbench.networks.padded import Held
from seqbench.task import Batch, Task


class Wishes(Protocol):
    """What the matrix says of the network."""

    @property
    def hidden(self) -> int: ...
    @property
    def layers(self) -> int: ...
    @property
    def bidirectional(self) -> bool: ...
    @property
    def dropout(self) -> float: ...


Draw = Callable[..., Tensor]  # uniform numbers (S, *shape), a fresh draw at every call


@dataclass(frozen=True, kw_only=True)
class Network(Around):
    """A cell inside, its front end before it, and the columns that the pieces around it expect.

    Attributes:
        front:    turns raw inputs into numbers; None: x goes in as it is.
        reads:    steps that an encoder reads before the decoder begins; 0: no encoder.
        held:     batches say which steps are valid.
        both:     it is read in both directions.
        between:  layers that hand upwards to another one.
        dropout:  share of what a layer hands upwards (to the next, to the readout) that is 0.
    """

    front: Front | None = None
    reads: int = 0
    held: bool = False
    both: bool = False
    between: int = 0
    dropout: float = 0.0

    def params(self) -> dict[str, Param]:
        return self.cell.params() | (self.front.params() if self.front else {})

    def shapes(self, sizes: dict[str, int]) -> dict[str, tuple[int, int]]:
        return self.cell.shapes(sizes) | (self.front.shapes() if self.front else {})

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        born = self.cell.initialize(sizes, stream)
        return born | (self.front.initialize(stream) if self.front else {})

    def start(self, x: Tensor, params: Tensors) -> State:
        return self.cell.start(x, params)

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        return self.cell.step(params, state, x)

    def width(self, inputs: int, units: int) -> int:
        """Columns of what goes into a step, for a task's I and H units."""
        wide = self.front.width if self.front else inputs
        between = self.between * units // (1 + self.both) if self.dropout else 0
        wide += between + bool(self.reads) + self.held
        return wide * (1 + self.both)

    def inputs(
        self, params: Tensors, batch: Batch, draw: Draw | None = None, first: int = 0
    ) -> Tensor:
        """What goes into the steps: (..., T, B, columns).

        draw: for dropout; None while it is only tested. first: the number of the first step.
        """
        x = self.front(params, batch.x, first) if self.front else batch.x
        like, columns = x[..., :1], [x]
        if self.dropout and self.between:
            units = self.between * params["W_out"].shape[-1] // (1 + self.both)
            columns.append(self._factors(draw, like.expand(*like.shape[:-1], units)))
        if self.reads:
            steps = torch.arange(first, first + x.shape[-3], device=x.device)
            columns.append((steps >= self.reads)[:, None, None].to(x).expand_as(like))
        if self.held:
            assert batch.valid is not None
            columns.append(batch.valid[..., None].to(x).expand_as(like))
        x = torch.cat(columns, -1) if len(columns) > 1 else x
        return torch.cat([x, turned(x, batch.valid)], -1) if self.both else x

    def real(self, x: Tensor) -> Tensor | None:
        """Of a step's columns x (..., B, I): which sequences it belongs to, (..., B, 1)."""
        if not self.held:
            return None
        last = x.shape[-1] // (1 + self.both)
        return x[..., last - 1 : last] > 0

    def said(self, h: Tensor, valid: Tensor | None, draw: Draw | None = None) -> Tensor:
        """What the readout hears, (..., A, B, H): every step's two directions side by side."""
        if self.both and h.shape[-3] > 1:
            forward, backward = h.chunk(2, -1)
            h = torch.cat([forward, turned(backward, valid)], -1)
        return h * self._factors(draw, h) if self.dropout and draw else h

    def _factors(self, draw: Draw | None, like: Tensor) -> Tensor:
        if draw is None:
            return torch.ones_like(like)
        kept = draw(*like.shape[-3:]) >= self.dropout
        return kept.to(like) / (1 - self.dropout)


def build(cell: Cell, task: Task, wishes: Wishes) -> Cell:
    """The network of this task; the cell itself where nothing stands around it.

    Raises:
        InputError: the wishes do not fit the cell or the task.
    """
    layers, both = wishes.layers, wishes.bidirectional
    if cell.reads_output and (layers > 1 or both):
        raise InputError(
            f"{type(cell).__name__}: its loop leaves the one output layer, so it cannot be one of "
            "several. Allowed: layers: 1 and bidirectional: false. Change them, or the cell."
        )
    if both and not task.both_ways:
        raise InputError(
            f"{type(task).__name__}: whoever reads it backwards has seen the answer. Allowed: "
            "bidirectional: false. Change it."
        )
    if both and wishes.hidden % 2:
        raise InputError(
            f"bidirectional: hidden is {wishes.hidden}, and each direction gets half. Allowed: "
            "even numbers. Change one of them."
        )
    inside = cell
    if layers > 1:
        inside = Deep(cell=inside, layers=layers, dropout=wishes.dropout > 0)
    if task.reads:
        inside = Coder(cell=inside)
    if task.variable:
        inside = Held(cell=inside)
    if both:
        inside = Both(cell=inside)
    if inside is cell and task.front is None and not wishes.dropout:
        return cell
    return Network(
        cell=inside, front=task.front, reads=task.reads, held=task.variable, both=both,
        between=layers - 1, dropout=wishes.dropout,
    )  # fmt: skip
