"""What a step makes of its weights and of its old state, whatever the numbers: found by trying.

Its own numbers may be 0 by chance: before the first step all of a state are. Tried are made-up ones
that are not: weights of both signs, then positive ones, as a negative one may be cut off.
"""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

from seqbench.cell import Cell
from seqbench.remedies._influence import jacobians
from seqbench.remedy import Rollout

SEVERAL = 32  # sequences of made-up numbers, as a unit may be silent in some


class Shapes(NamedTuple):
    """All that a trial of a cell depends on, besides its equation.

    Attributes:
        weights:  name, rows and columns of each.
        state:    the width of every part.
    """

    weights: tuple[tuple[str, int, int], ...]
    state: tuple[int, ...]
    inputs: int
    units: int
    dtype: torch.dtype = torch.float32
    device: torch.device = torch.device("cpu")

    @classmethod
    def of(cls, rollout: Rollout) -> "Shapes":
        """Those of a pass."""
        weights = tuple((k, z.shape[-2], z.shape[-1]) for k, z in rollout.params.items())
        state = tuple(part.shape[-1] for part in rollout.states[0])
        x, units = rollout.x, rollout.credit.shape[-1]
        return cls(weights, state, x.shape[-1], units, x.dtype, x.device)

    @classmethod
    def born(cls, cell: Cell, units: int) -> "Shapes":
        """Those of a cell with so many units."""
        sizes = {"I": 2, "H": units, "O": 3}
        shapes = cell.shapes(sizes)
        weights = {name: torch.zeros(shape) for name, shape in shapes.items()}
        state = cell.start(torch.zeros(1, sizes["I"]), weights)
        widths = tuple(part.shape[-1] for part in state)
        return cls(tuple((k, *z) for k, z in shapes.items()), widths, sizes["I"], units)


@cache
def fed(cell: Cell, shapes: Shapes) -> Tensor:
    """1 where a weight feeds a number of the state, (n, P)."""
    return somewhere(tried(cell, shapes)[1]).to(shapes.dtype)


def somewhere(slopes: Tensor) -> Tensor:
    """Where any of those that were tried is other than 0: (2, SEVERAL, n, m) -> (n, m)"""
    return slopes.ne(0).flatten(0, -3).any(0)


def tried(cell: Cell, shapes: Shapes, without: Iterable[str] = ()) -> tuple[Tensor, Tensor]:
    """A (2, SEVERAL, n, n) and B (2, SEVERAL, n, P) of a step; the weights in `without` are 0."""
    zero = {*without}
    weights = {
        name: _numbers(shapes, rows, columns) * float(name not in zero)
        for name, rows, columns in shapes.weights
    }
    pairs = zip(cell.state, shapes.state, strict=True)
    state = tuple(_counting(cell, shapes, name, width) for name, width in pairs)
    return jacobians(cell, weights, state, _numbers(shapes, SEVERAL, shapes.inputs))


def _numbers(shapes: Shapes, rows: int, columns: int) -> Tensor:
    """Of both signs, and without: (2, rows, columns)"""
    steps = torch.arange(1, 1 + rows * columns, dtype=torch.float64, device=shapes.device)
    mixed = ((steps * 37 % 101 - 50.5) / 60).view(rows, columns)
    return torch.stack([mixed, mixed.abs()]).to(shapes.dtype)


def _counting(cell: Cell, shapes: Shapes, name: str, width: int) -> Tensor:
    """A part of the state; what is no memory may count steps, so it is whole in every other row."""
    made = _numbers(shapes, SEVERAL, width)
    if cell.memory is None or name in cell.memory:
        return made
    row = torch.arange(SEVERAL, device=shapes.device)[:, None]
    return torch.where(row % 2 == 0, (row // 2).to(made), made)
