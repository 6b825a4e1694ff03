"""Gated orthogonal recurrent unit (GORU)

    r, g = s(x_t W^T + h_{t-1} U^T + b)              two gates; W and b have a block for z, too
    z = x_t W_z^T + r * (h_{t-1} Q)
    h_t = g * h_{t-1} + (1 - g) * sign(z) * relu(|z| + b_z)

Q: layers of rotations by theta, of the units (0, 1), (2, 3), ..., then (1, 2), (3, 4), ...
Gradient: Q keeps its length, and so does the function where |z| + b_z > 0; r and 1 - g shorten it,
and g is a way as in the GRU. g can let go, which an orthogonal network cannot.
Not the orthogonal initialization of a GRU: Q is orthogonal whatever theta is.
Our deviation: W and U begin as in other cells (theirs: within 0.01), b of g at 0; of r at 2, b_z at
0.01 and theta anywhere, as in their code.
Source: jing2019
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param, hold_on
from seqbench.cells._rotations import angles, turned
from seqbench.knobs import Size


@dataclass(frozen=True, kw_only=True)
class Goru(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("z", "r", "g")
    forget: ClassVar[dict[str, int]] = {"g": 1}
    composed: ClassVar[bool] = True
    layers: Size = 2  # of rotations

    def letters(self, units: int) -> dict[str, int]:
        return {"A": angles(units, self.layers)}

    def params(self) -> dict[str, Param]:
        own = {"U": Param("H", "H", "recurrent", ("r", "g"))}
        return super().params() | own | {"theta": Param("1", "A", "recurrent", ("z",))}

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        theta = torch.pi * (
            2 * torch.rand(1, angles(sizes["H"], self.layers), generator=stream) - 1
        )
        b = torch.tensor([[0.01, 2.0, 0.0]]).repeat_interleave(sizes["H"], -1)
        return hold_on(self, super().initialize(sizes, stream) | {"theta": theta, "b": b})

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        z, *gates = (x @ params["W"].mT).chunk(3, -1)
        b, *shifts = params["b"].chunk(3, -1)
        heard = (h @ params["U"].mT).chunk(2, -1)
        parts = zip(gates, heard, shifts, strict=True)
        r, g = (torch.sigmoid(own + old + shift) for own, old, shift in parts)
        z = z + r * (h @ turned(params["theta"], h.shape[-1], self.layers))
        return (g * h + (1 - g) * z.sign() * torch.relu(z.abs() + b),)
