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


def asked(function: str) -> tuple[Cell, Tensors, Tensor]:
    """A cell of one function, its weights, and numbers from the smallest to the largest."""
    inf, nan = float("inf"), float("nan")
    edges = [0.0, 1.0, -1.0, 1e-30, -1e-8, 1e-3, -87.5, 88.5, -104.0, 3e38, inf, -inf, nan, 1e-41]
    wide = torch.linspace(-30, 30, 1010)
    x = torch.cat([torch.tensor(edges), wide]).reshape(1, 1, -1, 1).expand(1, 1, -1, 2)
    params = {"b": torch.zeros(1, 1, 2), "W_out": torch.zeros(1, 1, 2)}
    return Elementary(function=function), params, x.contiguous()


def right(function: str, ours: Tensor, x: Tensor) -> None:
    """The function of every number, to the last digits."""
    near = 2e-7 if function == "gelu" else 2e-38  # 1 + erf(x) loses digits, in torch, too
    theirs = FUNCTIONS[function](x[0, 0].double()).float()[None, None]
    torch.testing.assert_close(ours, theirs, rtol=5e-7, atol=near, equal_nan=True)


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
