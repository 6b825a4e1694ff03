"""Bidirectional network: one cell reads forwards, one of its kind backwards.

    h_t = [ forward_t | backward_t ]     backward_t has read steps T - 1, T - 2, ..., t

Source: schuster1997, graves2005
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.networks.around import Copies


@dataclass(frozen=True, kw_only=True)
class Bidirectional(Copies):
    """The first half of x's columns goes forwards, the second, already reversed, backwards.

    Each direction has half of the H units, so that a comparison at equal H stays one. They meet in
    the readout only: with layers, there is one stack of layers for each direction.
    """

    names = ("forward", "backward")

    def inside(self, sizes: dict[str, int]) -> dict[str, int]:
        """Half of the columns and half of the units for each direction."""
        return sizes | {"I": sizes["I"] // 2, "H": sizes["H"] // 2}

    def own(self, params: Tensors, name: str) -> Tensors:
        """The weights of one direction, and its half of the readout's columns."""
        W_out = params["W_out"].chunk(2, -1)[self.names.index(name)]
        return super().own(params, name) | {"W_out": W_out}

    def start(self, x: Tensor, params: Tensors) -> State:
        """Both directions' starts, side by side: x (..., B, I) -> (..., B, width) each"""
        return _side_by_side(
            self.cell.start(half, self.own(params, name))
            for half, name in zip(x.chunk(2, -1), self.names, strict=True)
        )

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        """A step of both directions: x (..., B, I), every part of the state side by side."""
        halves = zip(*(part.chunk(2, -1) for part in state), strict=True)
        return _side_by_side(
            self.cell.step(self.own(params, name), own, half)
            for name, own, half in zip(self.names, halves, x.chunk(2, -1), strict=True)
        )


def _side_by_side(states: Iterable[State]) -> State:
    return tuple(torch.cat(parts, -1) for parts in zip(*states, strict=True))


def reverse(x: Tensor, valid: Tensor | None) -> Tensor:
    """Every sequence of x (..., T, B, *) from its last valid step to its first, in its own place.

    valid: (..., T, B), 1 for steps that follow one another; None: all are.
    """
    if valid is None:
        return x.flip(-3)
    t = torch.arange(x.shape[-3], device=x.device)[:, None]
    first, behind = (part.float().argmax(-2, keepdim=True) for part in (valid, valid.flip(-2)))
    places = torch.where(valid > 0, first + x.shape[-3] - 1 - behind - t, t)
    return x.gather(-3, places[..., None].expand(x.shape))
