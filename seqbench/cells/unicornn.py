"""Undamped independent controlled oscillatory RNN (UnICORNN)

    d = dt s(c)                              every unit learns how much time a step is to it
    z_t = z_{t-1} - d * (tanh(x_t W^T + u * h_{t-1} + b) + alpha h_{t-1})
    h_t = h_{t-1} + d * z_t                  u, c: vectors; no unit sees another one

Gradient: a step keeps the volume of (h, z) and can be undone, so no direction can shrink unless
another one grows: there is no damping that makes it vanish.
Not coRNN, which couples its oscillators and damps them. Not friction: alpha is a spring.
Our deviation: one layer, where the paper stacks several to mix the units; here only W and the
readout mix. u and c start as in the authors' code, W as in every other cell.
Source: rusch2021unicornn
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param
from seqbench.knobs import NonNegative, Positive


@dataclass(frozen=True, kw_only=True)
class Unicornn(Cell):
    """Knobs (the defaults are the authors' for permuted MNIST):
    dt:     the longest time that can pass in one step.
    alpha:  the spring: the square of the frequency of an oscillator left alone.
    """

    family: ClassVar[Family] = "dynamical"
    state: ClassVar[tuple[str, ...]] = ("h", "z")

    dt: Positive = 0.19
    alpha: NonNegative = 30.65

    def params(self) -> dict[str, Param]:
        own = super().params() | {"u": Param("1", "H", "recurrent"), "c": Param("1", "H", "scale")}
        return {name: own[name] for name in ("W", "u", "b", "c")}

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        u, c = torch.rand(2, 1, sizes["H"], generator=stream)
        return super().initialize(sizes, stream) | {"u": u, "c": 0.2 * c - 0.1}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, z = state
        d = self.dt * (0.5 + 0.5 * torch.tanh(params["c"] / 2))  # the logistic function of c
        force = torch.tanh(x @ params["W"].mT + params["u"] * h + params["b"])
        z = z - d * (force + self.alpha * h)
        return h + d * z, z
