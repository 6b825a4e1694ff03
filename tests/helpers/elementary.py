"""Cells made up for the tests of kernels: one per elementary function, and an odd one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param

FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    **{
        name: getattr(torch, name)
        for name in ("sigmoid", "tanh", "exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "abs")
    },
    **{name: getattr(torch, name) for name in ("sign", "sin", "cos", "erf", "relu", "reciprocal")},
    **{name: getattr(torch.nn.functional, name) for name in ("softplus", "gelu", "logsigmoid")},
    "clamp": lambda x: x.clamp(-1, 2),
    "remainder": lambda x: x % 3,
    "power": lambda x: x**3,
    "most": lambda x: x.amax(-1, keepdim=True) + 0 * x.mean(0, keepdim=True),
}


@dataclass(frozen=True, kw_only=True)
class Elementary(Cell):
    """h_t = f(x_t), for one elementary function; the inputs are as many as the units."""

    family: ClassVar[Family] = "simple"
    function: str = "tanh"

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        return (FUNCTIONS[self.function](x) + 0 * params["b"],)


@dataclass(frozen=True, kw_only=True)
class MadeUp(Cell):
    """A cell that nobody has: two states, a gate, a norm, a softmax and a detached part."""

    family: ClassVar[Family] = "simple"
    state: ClassVar[tuple[str, ...]] = ("h", "c")
    gates: ClassVar[tuple[str, ...]] = ("a", "b")

    def params(self) -> dict[str, Param]:
        return super().params() | {"v": Param("1", "H", "scale", start=1.0)}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, c = state
        a, b = (x @ params["W"].mT + h @ params["U"].mT + params["b"]).chunk(2, -1)
        scale = params["v"].square().sum(-1, keepdim=True).rsqrt()
        c = torch.softmax(a, -1) * c + torch.where(b > 0, b, torch.expm1(b)) * scale
        return torch.cat([c[..., 1:], h[..., :1].detach()], -1), torch.clamp(c, -2, 2)
