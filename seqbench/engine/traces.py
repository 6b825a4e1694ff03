"""What training leaves behind: the traces of each trial, and the history of all updates."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import torch
from torch import Tensor


def seconds() -> tuple[float, float]:
    """Now: by the clock, of this process on the processor."""
    return time.perf_counter(), time.process_time()


Plain = dict[str, object]  # what a checkpoint keeps: numbers, words, lists and tuples of them


class Point(NamedTuple):
    """A point of a learning curve; value None: it was not finite."""

    step: int  # updates done
    split: str  # train, valid or test
    quantity: str
    value: float | None


@dataclass
class Trace:
    """What is known of one trial so far, in plain numbers.

    Attributes:
        radius:      spectral radius at initialization; None: no square recurrent block.
        best_score:  the best finite validation score; None: there was none.
        curves:      all its learning curves, point by point.
        flow:        (updates done, gradient norms by lag), probe by probe.
        seconds:     its share of the time: by the clock, of the processor.
        alone:       seconds by the clock that are not in it yet, as no other trial shares them.
        engines:     that trained it, and why these.
    """

    radius: float | None = None
    best_score: float | None = None
    curves: list[Point] = field(default_factory=list)
    flow: list[tuple[int, list[float]]] = field(default_factory=list)
    seconds: tuple[float, float] = (0.0, 0.0)
    alone: float = 0.0
    engines: dict[str, str] = field(default_factory=dict)

    def spend(self, shared: float, busy: float) -> None:
        """Seconds more, of which the processor was busy for this share."""
        wall = self.alone + shared
        self.seconds, self.alone = (self.seconds[0] + wall, self.seconds[1] + wall * busy), 0.0

    def curve(self, split: str, quantity: str) -> list[Point]:
        """The points of one curve."""
        return [point for point in self.curves if point[1:3] == (split, quantity)]

    def copy(self) -> "Trace":
        """Another one that knows as much, and goes on by itself."""
        own = {"curves": [*self.curves], "flow": [*self.flow], "engines": {**self.engines}}
        return replace(self, **own)  # type: ignore[arg-type]

    def plain(self) -> Plain:
        """As a checkpoint keeps it."""
        return vars(self) | {"curves": [tuple(point) for point in self.curves]}

    @classmethod
    def of(cls, plain: Plain) -> "Trace":
        """From what `plain` gave."""
        trace = cls(**plain)  # type: ignore[arg-type]
        trace.curves = [Point(*point) for point in trace.curves]
        return trace


class Quantities(NamedTuple):
    """Of updates: each (updates, S), or (S,) of one update, or (updates,) of one trial."""

    loss: Tensor
    norm: Tensor  # of the gradient, before the remedy's transform
    transformed: Tensor  # the same after it


class History:
    """The quantities of every update of a stack, kept on the device as one tensor per update."""

    def __init__(self, updates: Iterable[Tensor] = ()) -> None:
        self.updates = list(updates)  # each (S, quantities)

    def __len__(self) -> int:
        return len(self.updates)

    def add(self, quantities: Quantities) -> None:
        """One more update; each quantity (S,)."""
        self.updates.append(torch.stack(quantities, -1))

    def since(self, done: int) -> Quantities:
        """Of all updates after so many, one at least: each (updates, S)."""
        return Quantities(*torch.stack(self.updates[done:]).unbind(-1))

    def of(self, row: int, done: int) -> Quantities:
        """Of one trial's first updates, on the CPU: each (updates,)."""
        if not self.updates:
            return Quantities(*torch.empty(len(Quantities._fields), 0))
        return Quantities(*torch.stack(self.updates)[:done, row].cpu().unbind(-1))

    def select(self, rows: Tensor) -> "History":
        """The history of some rows."""
        return History(torch.stack(self.updates)[:, rows] if self.updates else ())

    def state(self) -> Tensor:
        """As a checkpoint keeps it: (updates, S, quantities)"""
        return torch.stack(self.updates) if self.updates else torch.empty(0)
