"""An encoder and a decoder: the same equation, each with weights of its own."""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.networks.around import Copies


@dataclass(frozen=True, kw_only=True)
class Coder(Copies):
    """Where the last column of x is 1 the decoder steps, else the encoder; the state goes over.

    Both are computed at every step and one is taken.
    Source: sutskever2014, cho2014
    """

    names = ("encoder", "decoder")

    def inside(self, sizes: dict[str, int]) -> dict[str, int]:
        return sizes | {"I": sizes["I"] - 1}

    def start(self, x: Tensor, params: Tensors) -> State:
        return self.cell.start(x[..., :-1], self.own(params, "encoder"))

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        decodes = x[..., -1:] > 0
        reading, writing = (
            self.cell.step(self.own(params, name), state, x[..., :-1]) for name in self.names
        )
        return tuple(torch.where(decodes, w, r) for w, r in zip(writing, reading, strict=True))
