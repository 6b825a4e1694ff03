"""Encoder and decoder (sequence to sequence): the same equation, each with weights of its own.

    step     0  ...  reads - 1   reads  ...  T - 1
             encoder steps       decoder steps, from the state that the encoder left

Source: sutskever2014, cho2014
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.networks.around import Copies


@dataclass(frozen=True, kw_only=True)
class EncoderDecoder(Copies):
    """Where the last column of x is 1 the decoder steps, else the encoder; the state goes over.

    Both are computed at every step and one is taken.
    """

    names = ("encoder", "decoder")

    def inside(self, sizes: dict[str, int]) -> dict[str, int]:
        """Without the column that says who steps."""
        return sizes | {"I": sizes["I"] - 1}

    def start(self, x: Tensor, params: Tensors) -> State:
        """The encoder's: x (..., B, I) -> (..., B, width) each"""
        return self.cell.start(x[..., :-1], self.own(params, "encoder"))

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        """A step of whose turn it is, sequence by sequence: x (..., B, I)"""
        decodes = x[..., -1:] > 0
        reading, writing = (
            self.cell.step(self.own(params, name), state, x[..., :-1]) for name in self.names
        )
        return tuple(torch.where(decodes, w, r) for w, r in zip(writing, reading, strict=True))
