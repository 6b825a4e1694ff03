"""A loop in which no unit hears another: each gate has a vector u for its recurrent matrix."""

from dataclasses import dataclass

import torch
from torch import Generator

from seqbench.axes import Tensors
from seqbench.cell import Cell, Param


@dataclass(frozen=True, kw_only=True)
class Diagonal(Cell):
    """u begins in U(-gain, gain), so that the spectral radius is about gain."""

    def params(self) -> dict[str, Param]:
        own = super().params()
        return {"W": own["W"], "u": Param("1", "H", "recurrent", self.gates), "b": own["b"]}

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        weights = super().initialize(sizes, stream)
        drawn = 2 * torch.rand(weights["u"].shape, generator=stream) - 1
        return weights | {"u": self.gain * drawn}
