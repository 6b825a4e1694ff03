"""What a penalty sees of a pass through kernels: not every state as a node, but what most ask for.

A pull dloss/ds_t is the gradient by something that is added to the state after step t. So where
pulls are asked for, x gets a column of zeros for every number of the state, and the kernel's
gradient by these columns is what was asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.engine.fused.trace import moving
from seqbench.engine.passes.acting import Acting
from seqbench.networks.around import Around
from seqbench.remedy import NotSeen, Trajectory


@dataclass(frozen=True, kw_only=True)
class Pushed(Around):
    """A cell to whose state the last columns of x are added after every step.

    widths: of what is added to each of the first parts of the state; 0: nothing.
    """

    widths: tuple[int, ...]

    def wide(self, x: Tensor) -> Tensor:
        """An x with what is added, without its numbers."""
        like = x.new_zeros(()).expand(*x.shape[:-1], x.shape[-1] + sum(self.widths))
        return like.detach().requires_grad_()

    def zeros(self, x: Tensor) -> list[Tensor | None]:
        """What is added to each part, in the order of the columns: (S, T, B, width) or nothing."""
        return [
            x.new_zeros(*x.shape[:-1], width).requires_grad_() if width else None
            for width in self.widths
        ]

    def inside(self, sizes: dict[str, int]) -> dict[str, int]:
        """Without what is added."""
        return sizes | {"I": sizes["I"] - sum(self.widths)}

    def start(self, x: Tensor, params: Tensors) -> State:
        """The cell's own: x (..., B, I) -> (..., B, width) each"""
        return self.cell.start(self._own(x), params)

    def _own(self, x: Tensor) -> Tensor:
        return x[..., : x.shape[-1] - sum(self.widths)]

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        """A step, and a push: x (..., B, I)"""
        own = self._own(x)
        new, place = list(self.cell.step(params, state, own)), own.shape[-1]
        for k, width in enumerate(self.widths):
            if width:
                new[k] = new[k] + x[..., place : place + width]
            place += width
        return tuple(new)


def pushed(cell: Cell, inside: Cell, weights: Tensors, x: Tensor) -> Pushed | None:
    """The cell with a push on every part of the state inside that has a gradient; or None.

    x: (S, T, B, I) as the cell gets them. What a remedy hands on changed is no part to push.
    """
    if isinstance(cell, Acting) and "carry" in cell.remedy.acts_at:
        return None
    few, first = {name: weight[:1] for name, weight in weights.items()}, x[:1, 0].detach()
    start = cell.start(first, few)
    moves = moving(cell, few, start, first.clone().requires_grad_())
    pairs = list(zip(moves, start, strict=True))[: len(inside.state)]
    return Pushed(cell=cell, widths=tuple(part.shape[-1] if moved else 0 for moved, part in pairs))


class Unseen(Sequence[State]):
    """States that nobody can ask for."""

    def _refuse(self, *given: object) -> NoReturn:
        raise NotSeen("states")

    __len__ = __getitem__ = __iter__ = __bool__ = _refuse


@dataclass(frozen=True)
class Glimpse(Trajectory):
    """A pass through kernels.

    Attributes:
        made:    every part of the state after every step, (..., T, B, width) each.
        pushes:  what was added to each, (..., T, B', width), B' >= B; None: nothing.
    """

    made: State = ()
    pushes: tuple[Tensor | None, ...] = ()

    @property
    def parts(self) -> State:
        """The same numbers beside the way of the loss: by them it has no gradient, as of steps."""
        return tuple(part.view_as(part) for part in self.made)

    def pulls(self) -> State:
        if not self.pushes:
            raise NotSeen("pulls")
        given = [push for push in self.pushes if push is not None]
        slopes = iter(
            torch.autograd.grad(self.loss.sum(), given, retain_graph=True, materialize_grads=True)
        )
        return tuple(
            torch.zeros_like(part) if push is None else next(slopes)[..., : self.sequences, :]
            for part, push in zip(self.made, self.pushes, strict=True)
        )
