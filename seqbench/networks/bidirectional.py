"""Two directions: one cell reads forwards, one of its kind backwards."""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.networks.around import Copies


@dataclass(frozen=True, kw_only=True)
class Both(Copies):
    """The first half of x's columns goes forwards, the second, already turned around, backwards.

    Each direction has half of the H units, so that a comparison at equal H stays one. They meet in
    the readout only: with layers, there is one stack of layers for each direction.
    Source: schuster1997, graves2005
    """

    names = ("forward", "backward")

    def inside(self, sizes: dict[str, int]) -> dict[str, int]:
        return sizes | {"I": sizes["I"] // 2, "H": sizes["H"] // 2}

    def own(self, params: Tensors, name: str) -> Tensors:
        W = params["W_out"].chunk(2, -1)[self.names.index(name)]
        return super().own(params, name) | {"W_out": W}

    def start(self, x: Tensor, params: Tensors) -> State:
        return _side_by_side(
            self.cell.start(half, self.own(params, name))
            for half, name in zip(x.chunk(2, -1), self.names, strict=True)
        )

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        halves = zip(*(part.chunk(2, -1) for part in state), strict=True)
        return _side_by_side(
            self.cell.step(self.own(params, name), own, half)
            for name, own, half in zip(self.names, halves, x.chunk(2, -1), strict=True)
        )


def _side_by_side(states) -> State:  # type: ignore[no-untyped-def]
    return tuple(torch.cat(parts, -1) for parts in zip(*states, strict=True))


def turned(x: Tensor, valid: Tensor | None) -> Tensor:
    """Every sequence of x (..., T, B, *) from its last valid step to its first, in its own place.

    valid: (..., T, B), 1 for steps that follow one another; None: all are.
    """
    if valid is None:
        return x.flip(-3)
    t = torch.arange(x.shape[-3], device=x.device)[:, None]
    first, behind = (part.float().argmax(-2, keepdim=True) for part in (valid, valid.flip(-2)))
    places = torch.where(valid > 0, first + x.shape[-3] - 1 - behind - t, t)
    return x.gather(-3, places[..., None].expand(x.shape))
