"""Intersection recurrent network (+RNN)

    v_t = x_t P^T + b_v                                     the input, as wide as h
    y, m, d, g = v_t W^T + h_{t-1} U^T + b                  four blocks of H
    h_t = s(g) * h_{t-1} + (1 - s(g)) * tanh(m)             through time
    y_t = s(d) * v_t + (1 - s(d)) * relu(y)                 through depth: what is read out

Gradient: the straight path back in time multiplies it by s(g), which the cell can hold near 1; y_t
itself is not remembered, so a loss at y_t enters the past through U.
Not h, but y is what is read out, and nothing of the last y is used. It was made for deep stacks;
one layer shows its path through time only. Where the paper writes y^in, h^in, g^y and g^h we have
relu(y), tanh(m), s(d) and s(g).
Our deviation: y_t needs as many inputs as units, so every input is projected first, as the
authors' code does in its first layer; that code adds 1 to both gates' biases, here they start at 0.
Source: collins2017
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param, affine


@dataclass(frozen=True, kw_only=True)
class IntersectionRnn(Cell):
    family: ClassVar[Family] = "gru"
    state: ClassVar[tuple[str, ...]] = ("y", "h")
    memory: ClassVar[tuple[str, ...]] = ("h",)
    gates: ClassVar[tuple[str, ...]] = ("y", "m", "d", "g", "v")
    forget: ClassVar[dict[str, int]] = {"g": 1}

    def params(self) -> dict[str, Param]:
        return {
            "P": Param("H", "I", "input", ("v",)),
            "W": Param("H", "H", "input", self.gates[:4]),
            "U": Param("H", "H", "recurrent", self.gates[:4]),
            "b": Param("1", "H", "bias", self.gates),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        _, h = state
        b, b_v = params["b"].split([4 * h.shape[-1], h.shape[-1]], -1)
        v = x @ params["P"].mT + b_v
        y, m, d, g = affine(params | {"b": b}, v, h).chunk(4, -1)
        d, g = torch.sigmoid(d), torch.sigmoid(g)
        return d * v + (1 - d) * torch.relu(y), g * h + (1 - g) * torch.tanh(m)
