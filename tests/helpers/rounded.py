"""A cell and a remedy that compute elementwise functions of weights."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param, affine
from seqbench.remedy import At, Remedy, Trajectory

OF_ONE: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "softplus": lambda a: functional.softplus(a) / 2,
    "logsigmoid": lambda a: functional.logsigmoid(a).exp(),
    "in place": lambda a: a.square().add_(0.1).pow_(0.7),
    "silu": functional.silu,
    "logaddexp": lambda a: torch.logaddexp(a, -a) - 0.5,
    "mish in place": lambda a: functional.mish(1.0 * a, inplace=True),
    "elu": lambda a: functional.elu(a - 0.5) + 0.8,
}


@dataclass(frozen=True, kw_only=True)
class Rounded(Cell):
    """h_t = k h_{t-1} + (1 - k) tanh(W x_t + f(U) h_{t-1} + b),  k = f(a)"""

    family: ClassVar[Family] = "simple"
    function: str = "sigmoid"

    def params(self) -> dict[str, Param]:
        return super().params() | {"a": Param("1", "H", "scale", start=0.3)}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        f = OF_ONE[self.function]
        k, new = f(params["a"]), affine(params | {"U": f(params["U"]) - 0.5}, x, *state).tanh()
        return (k * state[0] + (1 - k) * new,)


@dataclass(frozen=True, kw_only=True)
class Constant(Cell):
    """h_t = tanh(W x_t + (U C) h_{t-1} + b), C the same for all trials."""

    family: ClassVar[Family] = "simple"

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        units = params["U"].shape[-1]
        C = torch.linspace(-0.9, 0.7, units * units).sin().reshape(units, units)
        return (affine(params | {"U": params["U"] @ C}, x, *state).tanh(),)


@dataclass(frozen=True, kw_only=True)
class RoundedVerbs(Remedy):
    """Such functions at every verb that sees weights or gradients."""

    def reparametrize(self, params: Tensors, at: At) -> Tensors:
        return {k: v.tanh() + 0.1 * v.sigmoid().pow(0.3) for k, v in params.items()}

    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor:
        return 1e-2 * params["U"].cosh().log().sum((-2, -1))

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        return {k: g.sign() * g.abs().pow(0.7) + 1e-3 * g.sigmoid() for k, g in grads.items()}

    def project(self, params: Tensors, at: At) -> Tensors:
        return {k: (v.tanh() * 1.01).atanh() for k, v in params.items()}
