"""Cells that are undefined at zero: where nothing is said, they say NaN, and so do their slopes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, affine

AT_ZERO: dict[str, Callable[[Tensor], Tensor]] = {
    "norm": lambda a: a / a.square().sum(-1, keepdim=True).sqrt(),  # without an epsilon
    "root": lambda a: (a * a).sqrt(),
    "log": lambda a: a.abs().log(),
    "inverse": lambda a: 1 / a,
    "sign": lambda a: a / a.abs() + a,
}


@dataclass(frozen=True, kw_only=True)
class Undefined(Cell):
    """h_t = tanh(f(W x_t + U h_{t-1} + b) / 4)"""

    family: ClassVar[Family] = "simple"
    function: str = "norm"

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        return ((AT_ZERO[self.function](affine(params, x, *state)) / 4).tanh(),)


@dataclass(frozen=True, kw_only=True)
class UndefinedLinear(Cell):
    """h_t = 0.9 h_{t-1} + tanh(f(W x_t + b) / 4): what a scan computes, too"""

    family: ClassVar[Family] = "state_space"
    linear: ClassVar[bool] = True
    function: str = "norm"

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        a = x @ params["W"].mT + params["b"]
        return (
            0.9 * state[0] + (AT_ZERO[self.function](a) / 4).tanh() + 0 * params["U"][..., :1, :],
        )
