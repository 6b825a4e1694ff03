"""What a penalty sees of a pass through kernels: not every state as a node, but what most ask for.

A pull dloss/ds_t is the gradient by something that is added to the state after step t. So where
pulls are asked for, x gets a column of zeros for every number of the state, and the kernel's
gradient by these columns is what was asked for. Where a penalty takes every step once more, from
states of its own, x gets columns for these.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.engine.fused.sequence import parts_of
from seqbench.engine.passes.acting import Acting
from seqbench.networks.around import Around
from seqbench.remedy import NotSeen, Trajectory


@dataclass(frozen=True, kw_only=True)
class _Wider(Around):
    """A cell that finds more in the last columns of x.

    widths: of what concerns each of the first parts of the state; 0: nothing.
    """

    widths: tuple[int, ...]

    def inside(self, sizes: dict[str, int]) -> dict[str, int]:
        """Without these columns."""
        return sizes | {"I": sizes["I"] - sum(self.widths)}

    def start(self, x: Tensor, params: Tensors) -> State:
        """The cell's own: x (..., B, I) -> (..., B, width) each"""
        return self.cell.start(self._split(x)[0], params)

    def _split(self, x: Tensor) -> tuple[Tensor, ...]:
        """The cell's own columns, and those of every part that has some."""
        return x.split([x.shape[-1] - sum(self.widths), *filter(None, self.widths)], -1)


@dataclass(frozen=True, kw_only=True)
class Pushed(_Wider):
    """A cell to whose state the last columns of x are added after every step."""

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

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        """A step, and a push: x (..., B, I)"""
        own, *pushes = self._split(x)
        new, more = list(self.cell.step(params, state, own)), iter(pushes)
        for k, width in enumerate(self.widths):
            new[k] = new[k] + next(more) if width else new[k]
        return tuple(new)


@dataclass(frozen=True, kw_only=True)
class Apart(_Wider):
    """A cell each of whose steps finds the state in the last columns of x, whatever came before."""

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        """A step: x (..., B, I)"""
        own, *old = self._split(x)
        return self.cell.step(params, tuple(old), own)


def pushed(cell: Cell, inside: Cell, weights: Tensors, x: Tensor) -> Pushed | None:
    """The cell with a push on every part of the state inside that has a gradient; or None.

    x: (S, T, B, I) as the cell gets them, of which there is a kernel. What a remedy hands on
    changed is no part to push.
    """
    if isinstance(cell, Acting) and "carry" in cell.remedy.acts_at:
        return None
    parts = parts_of(cell, weights, x)[: len(inside.state)]
    return Pushed(cell=cell, widths=tuple(part.width if part.moving else 0 for part in parts))


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
        apart:   `again` by a kernel, where there is one.
    """

    made: State = ()
    pushes: tuple[Tensor | None, ...] = ()
    apart: Callable[[Tensors, State], State | None] = lambda params, old: None

    def again(self, cell: Cell, params: Tensors, old: State) -> State:
        return self.apart(params, old) or super().again(cell, params, old)

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
