"""The whole network of a task: a cell, and what the task and the matrix put around it."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Param
from seqbench.errors import InputError
from seqbench.front import Front
from seqbench.networks.around import Around
from seqbench.networks.bidirectional import Bidirectional, reverse
from seqbench.networks.encoder_decoder import EncoderDecoder
from seqbench.networks.layers import Layers
from seqbench.networks.padded import Padded, first_instead
from seqbench.task import Batch, Task
from seqbench.training import Training

Draw = Callable[..., Tensor]  # uniform numbers (S, *shape), a fresh draw at every call
Fed = Callable[[Tensor], Tensor]  # what the front end gives -> what the steps read instead


@dataclass(frozen=True, kw_only=True)
class Network(Around):
    """What the engine trains: a cell, or cells in cells, with a front end and dropout.

    Inputs meet the front end and get the columns that the pieces inside expect; then `cell` takes
    its steps; then the readout is given its features. Around a single cell, with nothing else, all
    of that is the cell itself, to the bit.

    Attributes:
        front:          turns raw inputs into numbers; None: x goes in as it is.
        reads:          steps that an encoder reads before the decoder begins; 0: no encoder.
        padded:         batches say which steps are valid.
        bidirectional:  it is read in both directions.
        layers:         on top of each other.
        dropout:        share of what a layer hands upwards (to the next, to the readout) that is 0.
    """

    front: Front | None = None
    reads: int = 0
    padded: bool = False
    bidirectional: bool = False
    layers: int = 1
    dropout: float = 0.0

    @property
    def alone(self) -> bool:
        """Whether nothing is around the cell: no layers, no padding, no front end, no dropout."""
        return self == Network(cell=self.cell)

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """A scan takes single cells."""
        return self.alone and self.cell.linear

    def params(self) -> dict[str, Param]:
        """The weights by name, the front end's among them, without the readout's."""
        return self.cell.params() | (self.front.params() if self.front else {})

    def shapes(self, sizes: dict[str, int]) -> dict[str, tuple[int, int]]:
        """The shape of every weight of one trial, front end and readout included."""
        return self.cell.shapes(sizes) | (self.front.shapes() if self.front else {})

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        """The initial weights of one trial, front end and readout included."""
        weights = self.cell.initialize(sizes, stream)
        return weights | (self.front.initialize(stream) if self.front else {})

    def start(self, x: Tensor, params: Tensors) -> State:
        return self.cell.start(x, params)

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        return self.cell.step(params, state, x)

    def sizes(self, task: Task, units: int) -> dict[str, int]:
        """I (the columns of a step), H and O of this network with so many hidden units."""
        return {"I": self.columns(task.inputs, units), "H": units, "O": task.outputs}

    def columns(self, inputs: int, units: int) -> int:
        """How many numbers go into a step, for a task's I and H units."""
        wide = self.front.width if self.front else inputs
        wide += self._dropped_between(units) + bool(self.reads) + self.padded
        return wide * (1 + self.bidirectional)

    def _dropped_between(self, units: int) -> int:
        """Columns of factors for what one direction's layers hand to the next, of H units."""
        return (self.layers - 1) * units // (1 + self.bidirectional) if self.dropout else 0

    def inputs(
        self,
        params: Tensors,
        batch: Batch,
        draw: Draw | None = None,
        first: int = 0,
        fed: Fed = lambda x: x,
    ) -> Tensor:
        """What goes into the steps: batch.x (..., T, B, raw) -> (..., T, B, columns)

        draw: for dropout; None while it is only tested. first: the number of the first step. fed:
        what remedies make of it, before anything else is put beside it.
        """
        x = fed(self.front(params, batch.x, first) if self.front else batch.x)
        like, flags = x[..., :1], list[Tensor]()
        if units := self._dropped_between(params["W_out"].shape[-1]):
            x = torch.cat([x, self._factors(draw, like.expand(*like.shape[:-1], units))], -1)
        ways = [x, reverse(x, batch.valid)] if self.bidirectional else [x]
        if self.reads:
            steps = torch.arange(first, first + x.shape[-3], device=x.device)
            flags.append((steps >= self.reads)[:, None, None].to(x).expand_as(like))
        if self.padded:
            assert batch.valid is not None
            ways = [first_instead(way, batch.valid, self.reads - first) for way in ways]
            flags.append(batch.valid[..., None].to(x).expand_as(like))
        columns = [column for way in ways for column in (way, *flags)]
        return torch.cat(columns, -1) if len(columns) > 1 else x

    def valid(self, x: Tensor) -> Tensor | None:
        """Where columns x (..., B, I) belong to a sequence, (..., B, 1); None: everywhere."""
        if not self.padded:
            return None
        last = x.shape[-1] // (1 + self.bidirectional)
        return x[..., last - 1 : last] > 0

    def features(self, h: Tensor, valid: Tensor | None, draw: Draw | None = None) -> Tensor:
        """What the readout sees of h (..., A, B, H): every step's directions side by side.

        valid: (..., T, B), as in a batch. draw: for dropout; None while it is only tested.
        """
        if self.bidirectional and h.shape[-3] > 1:
            forward, backward = h.chunk(2, -1)
            h = torch.cat([forward, reverse(backward, valid)], -1)
        return h * self._factors(draw, h) if self.dropout and draw else h

    def _factors(self, draw: Draw | None, like: Tensor) -> Tensor:
        if draw is None:
            return torch.ones_like(like)
        kept = draw(*like.shape[-3:]) >= self.dropout
        return kept.to(like) / (1 - self.dropout)


def build(cell: Cell, task: Task, training: Training) -> Network:
    """The network of this task; with nothing to put around it, a network of the cell alone.

    Raises:
        InputError: the settings do not fit the cell or the task.
    """
    _check(cell, task, training)
    reading = task.reading
    layers, dropout = training.layers, training.dropout
    inside = cell
    if layers > 1:
        inside = Layers(cell=inside, layers=layers, dropout=dropout > 0)
    if reading.encoder:
        inside = EncoderDecoder(cell=inside)
    if reading.variable:
        inside = Padded(cell=inside, decodes=reading.encoder > 0)
    if training.bidirectional:
        inside = Bidirectional(cell=inside)
    return Network(
        cell=inside, front=reading.front, reads=reading.encoder, padded=reading.variable,
        bidirectional=training.bidirectional, layers=layers, dropout=dropout,
    )  # fmt: skip


def _check(cell: Cell, task: Task, training: Training) -> None:
    both = training.bidirectional
    if cell.reads_output and (training.layers > 1 or both):
        raise InputError(
            f"{type(cell).__name__}: its loop leaves the one output layer, so it cannot be one of "
            "several. Allowed: layers: 1 and bidirectional: false. Change them, or the cell."
        )
    if both and not task.both_ways:
        raise InputError(
            f"{type(task).__name__}: whoever reads it backwards has seen the answer. Allowed: "
            "bidirectional: false. Change it."
        )
    if both and training.hidden % 2:
        raise InputError(
            f"bidirectional: hidden is {training.hidden}, and each direction gets half. Allowed: "
            "even numbers. Change one of them."
        )
