"""Padding: sequences of different lengths in one batch, masked step by step."""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.networks.around import Around


@dataclass(frozen=True, kw_only=True)
class Padded(Around):
    """Where the last column of x is 0, the state stays as it is, whatever the other columns say.

    So the last state is the last valid one, in front of the sequence or behind it padding makes no
    difference to any bit, and the gradient goes through it unchanged.

    What the cell computes there is not used, but its slopes meet a gradient of 0, and if one were
    not finite NaN would come back. So it computes its first step once more: from the start, with
    the input of the first valid step (`first_instead`). A decoder has no step from the start: it
    takes the first of its inputs once more, from the state that it left.

    decodes: whether there is a decoder.
    """

    decodes: bool = False

    def inside(self, sizes: dict[str, int]) -> dict[str, int]:
        """Without the column that says which steps are valid."""
        return sizes | {"I": sizes["I"] - 1}

    def start(self, x: Tensor, params: Tensors) -> State:
        """The cell's own: x (..., B, I) -> (..., B, width) each"""
        return self.cell.start(x[..., :-1], params)

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        """A step of the sequences that have one: x (..., B, I)"""
        valid, x = x[..., -1:] > 0, x[..., :-1]
        real = state if self.decodes else _where(valid, state, self.cell.start(x, params))
        return _where(valid, self.cell.step(params, real, x), state)


def first_instead(x: Tensor, valid: Tensor, reads: int = 0) -> Tensor:
    """x with the first valid step of a sequence in place of its padding.

    x: (..., T, B, *), valid: (..., T, B). reads: the steps of an encoder; behind them it is the
    first valid step of the decoder.
    """
    once = _first(x, valid)
    if reads > 0:
        late = torch.arange(valid.shape[-2], device=valid.device)[:, None] >= reads
        once = torch.where(late[..., None], _first(x, valid * (1.0 + late)), once)
    return torch.where(valid[..., None] > 0, x, once)


def _first(x: Tensor, weights: Tensor) -> Tensor:
    """Of every sequence the first step of the largest weight: (..., 1, B, *)"""
    first = weights.float().argmax(-2, keepdim=True)[..., None]  # (..., 1, B, 1)
    return x.gather(-3, first.expand(*x.shape[:-3], 1, *x.shape[-2:]))


def _where(flag: Tensor, yes: State, no: State) -> State:
    return tuple(torch.where(flag, *pair) for pair in zip(yes, no, strict=True))
