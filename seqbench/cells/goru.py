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
from torch.nn.functional import pad

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param, hold_on
from seqbench.knobs import Size


@dataclass(frozen=True, kw_only=True)
class Goru(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("z", "r", "g")
    forget: ClassVar[dict[str, int]] = {"g": 1}
    composed: ClassVar[bool] = True
    layers: Size = 2  # of rotations

    def letters(self, units: int) -> dict[str, int]:
        return {"A": max(1, sum((units - layer % 2) // 2 for layer in range(self.layers)))}

    def params(self) -> dict[str, Param]:
        own = {"U": Param("H", "H", "recurrent", ("r", "g"))}
        return super().params() | own | {"theta": Param("1", "A", "recurrent", ("z",))}

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        theta = torch.pi * (2 * torch.rand(1, self.letters(sizes["H"])["A"], generator=stream) - 1)
        b = torch.tensor([[0.01, 2.0, 0.0]]).repeat_interleave(sizes["H"], -1)
        return hold_on(self, super().initialize(sizes, stream) | {"theta": theta, "b": b})

    def turned(self, theta: Tensor, H: int) -> Tensor:
        """Q: angles (..., 1, A) -> (..., H, H)"""
        Q, units, begin = torch.eye(H).to(theta), torch.arange(H, device=theta.device), 0
        for odd in (layer % 2 for layer in range(self.layers)):
            pairs, sign = (H - odd) // 2, 1 - 2 * ((units - odd) % 2)  # -1: the second of a pair
            angles = theta[..., begin : begin + pairs].repeat_interleave(2, -1)
            angles, begin = pad(angles, (odd, H - odd - 2 * pairs)), begin + pairs
            crossed = (Q * angles.sin() * sign).index_select(-1, (units + sign).clamp(0, H - 1))
            Q = Q * angles.cos() + crossed
        return Q

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        z, *gates = (x @ params["W"].mT).chunk(3, -1)
        b, *shifts = params["b"].chunk(3, -1)
        hs = (h @ params["U"].mT).chunk(2, -1)
        r, g = (torch.sigmoid(sum(z)) for z in zip(gates, hs, shifts, strict=True))
        z = z + r * (h @ self.turned(params["theta"], h.shape[-1]))
        return (g * h + (1 - g) * z.sign() * torch.relu(z.abs() + b),)
