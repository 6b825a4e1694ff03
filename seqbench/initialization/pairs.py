"""Weights and inputs in pairs, as rows of a stack, and a remedy's gradient of one loss in each.

L = <u, h_T>      dL/dtheta, theta the weights of the cell as its equation sees them
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Generator, Tensor

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.engine.passes.unroll import unroll
from seqbench.engine.streams import CPU, RowNoise
from seqbench.initialization.gradient import directions
from seqbench.initialization.weights import initial, inputs
from seqbench.remedy import At, Remedy, Rollout


@dataclass(frozen=True)
class Pairs:
    """Rows of a stack, with a sequence each.

    Attributes:
        params:  as the equation sees them, (S, a, b) each.
        x:       (S, T, 1, I)
        u:       the direction of the loss, dL/dh_T, (S, 1, H).
    """

    cell: Cell
    params: Tensors
    x: Tensor
    u: Tensor

    @property
    def steps(self) -> int:
        """T"""
        return self.x.shape[-3]

    def last(self, steps: int) -> "Pairs":
        """The same over the last so many steps."""
        return Pairs(self.cell, self.params, self.x[..., -steps:, :, :], self.u)

    def each(self, times: int) -> "Pairs":
        """Every row so many times, one after the other."""
        rows = partial(torch.repeat_interleave, repeats=times, dim=0)
        params = {name: rows(part) for name, part in self.params.items()}
        return Pairs(self.cell, params, rows(self.x), rows(self.u))


def drawn(cell: Cell, remedy: Remedy, hidden: int, rows: int, steps: int) -> Pairs:
    """Weights that the remedy shapes, inputs from N(0, 1), and random directions of length 1."""
    params = initial(cell, remedy, hidden, rows, steps - 1)
    u = directions(torch.zeros(rows, 1, hidden, dtype=torch.float64))
    return Pairs(cell, params, inputs(rows, 1, steps), u)


class Listening(RowNoise):
    """Noise that knows whether anybody asked for it."""

    asked = False

    def _rows(
        self,
        draw: Callable[..., Tensor],
        shape: tuple[int, ...],
        streams: dict[int, Generator] | None = None,
    ) -> Tensor:
        self.asked = True
        return super()._rows(draw, shape, streams)


def place(pairs: Pairs) -> tuple[At, Listening]:
    """Where in training the rows are, and their noise: of a seed each, the same at every call."""
    noise = Listening(range(len(pairs.x)), "noise/pass", 0, CPU)
    return At(pairs.cell, 0, noise, pairs.steps - 1), noise


def gradient(remedy: Remedy, pairs: Pairs, at: At) -> Tensor:
    """dL/dtheta of every row, as the remedy has it: (S, P)"""
    if "estimate" in remedy.acts_at:
        return flat(remedy.estimate(rolled(pairs), at))
    leaves = {name: part.detach().requires_grad_() for name, part in pairs.params.items()}
    h = unroll(pairs.cell, leaves, pairs.x, remedy, at)[-1][0]
    slopes = torch.autograd.grad(h, [*leaves.values()], pairs.u, materialize_grads=True)
    return flat(dict(zip(leaves, slopes, strict=True)))


def rolled(pairs: Pairs) -> Rollout:
    """The pass that an estimate sees: credit comes from the last step alone."""
    with torch.no_grad():
        states = unroll(pairs.cell, pairs.params, pairs.x, Remedy(), place(pairs)[0])
        start = pairs.cell.start(pairs.x[..., 0, :, :], pairs.params)
    credit = torch.zeros(*pairs.x.shape[:-1], pairs.u.shape[-1]).to(pairs.u)
    credit[..., -1, :, :] = pairs.u
    errors = torch.zeros_like(credit[..., :1])
    errors[..., -1, :, :] = 1  # u is the readout
    return Rollout(pairs.params, pairs.x, [start, *states], credit, errors)


def flat(by_weight: Tensors) -> Tensor:
    """All weights side by side: (S, a, b) each -> (S, P)"""
    return torch.cat([part.flatten(-2) for part in by_weight.values()], -1)
