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

    The column is the same for all sequences of a batch: one step is computed, with the weights of
    whose turn it is.
    """

    names = ("encoder", "decoder")

    def inside(self, sizes: dict[str, int]) -> dict[str, int]:
        """Without the column that says who steps."""
        return sizes | {"I": sizes["I"] - 1}

    def start(self, x: Tensor, params: Tensors) -> State:
        """The encoder's: x (..., B, I) -> (..., B, width) each"""
        return self.cell.start(x[..., :-1], self.own(params, "encoder"))

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        """A step of whose turn it is: x (..., B, I)"""
        decodes = x[..., :1, -1:] > 0  # (..., 1, 1)
        reading, writing = (self.own(params, name) for name in self.names)
        turn = {k: torch.where(decodes, writing[k], reading[k]) for k in self.cell.params()}
        return self.cell.step(reading | turn, state, x[..., :-1])
