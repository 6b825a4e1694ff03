"""Coupled oscillatory recurrent network (coRNN)

    z_t = z_{t-1} + dt (tanh(x_t W^T + h_{t-1} U^T + z_{t-1} V^T + b) - gamma h_{t-1} - eps z_{t-1})
    h_t = h_{t-1} + dt z_t                   oscillators: h is where they are, z their speed

Gradient: for a small dt a step back is close to the identity, so it neither explodes nor vanishes
exponentially; the damping then bounds h and z, whatever the weights.
Not the form with implicit damping, z_t / (1 + dt eps), which the paper analyzes beside this one:
here, as in the authors' code, z is damped by its old value, and h moves with the new z.
W, U, V and b start uniform within 1 / sqrt(I + 2 H), as their one layer over x, z and h does.
Source: rusch2021
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param, affine
from seqbench.knobs import NonNegative, Positive


@dataclass(frozen=True, kw_only=True)
class Cornn(Cell):
    """Knobs (the defaults are the authors' for sequential MNIST):
    dt:     the time that passes in one step.
    gamma:  the spring: the square of the frequency of an oscillator left alone.
    eps:    the damping.
    gain:   of U and V; the default is theirs, but for I beside H.
    """

    family: ClassVar[Family] = "dynamical"
    state: ClassVar[tuple[str, ...]] = ("h", "z")

    dt: Positive = 0.042
    gamma: NonNegative = 2.7
    eps: NonNegative = 4.7
    gain: Positive = 0.40824829  # 1 / sqrt(6)

    def params(self) -> dict[str, Param]:
        return super().params() | {"V": Param("H", "H", "recurrent")}

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        weights, root = super().initialize(sizes, stream), (sizes["I"] + 2 * sizes["H"]) ** 0.5
        for name in self.params():
            within = (self.gain * 6**0.5 if name in ("U", "V") else 1) / root
            weights[name] = (2 * torch.rand(weights[name].shape, generator=stream) - 1) * within
        return weights

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, z = state
        force = torch.tanh(affine(params, x, h) + z @ params["V"].mT)
        z = z + self.dt * (force - self.gamma * h - self.eps * z)
        return h + self.dt * z, z
