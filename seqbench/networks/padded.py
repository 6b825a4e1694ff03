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
    """

    def inside(self, sizes: dict[str, int]) -> dict[str, int]:
        """Without the column that says which steps are valid."""
        return sizes | {"I": sizes["I"] - 1}

    def start(self, x: Tensor, params: Tensors) -> State:
        """The cell's own: x (..., B, I) -> (..., B, width) each"""
        return self.cell.start(x[..., :-1], params)

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        """A step of the sequences that have one: x (..., B, I)"""
        valid = x[..., -1:] > 0
        new = self.cell.step(params, state, x[..., :-1])
        return tuple(torch.where(valid, n, old) for n, old in zip(new, state, strict=True))
