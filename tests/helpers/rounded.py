"""Cells and remedies whose last digits may depend on how many trials there are."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param, affine
from seqbench.remedy import At, Remedy, Trajectory
from seqbench.task import Batch
from seqbench.tasks.adding import Adding

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


def same(*shape: int) -> Tensor:
    """A constant, the same for all trials."""
    return torch.linspace(-0.9, 0.7, prod(shape)).sin().reshape(shape)


TIMES: dict[str, Callable[[Tensor], Tensor]] = {
    "product": lambda a: a @ same(a.shape[-1], a.shape[-1]),
    "linear": lambda a: functional.linear(a, same(a.shape[-1], a.shape[-1]), same(a.shape[-1])),
    "vector": lambda a: a + (a @ same(a.shape[-1]))[..., None],
    "einsum": lambda a: a + torch.einsum("...i,i->...", a, same(a.shape[-1]))[..., None],
}
OF_TRIALS: dict[str, Callable[[Tensor], Tensor]] = TIMES | {
    "tensordot": lambda a: a - torch.tensordot(a, same(*a.shape[1:]), 2)[:, None, None],
    "flat": lambda a: a - (a.flatten(1) @ same(a[0].numel()))[:, None, None],
    "list": lambda a: a.sign() * torch._foreach_pow([a.abs()], 0.7)[0],
    "list in place": lambda a: _in_place([a.clone()]),
    "powers of a number": lambda a: torch._foreach_pow(0.5, [a])[0] - 1,
    "scaled": lambda a: a - torch.addmm(_nothing(a), *_flat(a), beta=0).reshape(a.shape),
    "counted": lambda a: a + 0.1 * _counts(a, same(a.shape[-1], a.shape[-1])),
    "innermost sum": lambda a: a / (1 + _innermost(a.abs()).sum((0, 1)))[:, None, None],
}


def _flat(a: Tensor) -> tuple[Tensor, Tensor]:
    return a.flatten(0, -2), same(a.shape[-1], a.shape[-1])


def _nothing(a: Tensor) -> Tensor:
    return _flat(a)[0].detach() * torch.nan


def _counts(a: Tensor, times: Tensor) -> Tensor:
    counts = torch.zeros_like(a, dtype=torch.int32)
    counts += (2 * a.sign().int()) @ (2 * times).round().int()
    return counts.to(a)


def _in_place(numbers: list[Tensor]) -> Tensor:
    torch._foreach_sigmoid_(numbers)
    return numbers[0] - 0.5


def _innermost(a: Tensor) -> Tensor:
    return a.movedim(0, -1).contiguous()


@dataclass(frozen=True, kw_only=True)
class Constant(Cell):
    """h_t = tanh(W x_t + f(U) f(h_{t-1}) + f(b)), f with a constant that all trials share."""

    family: ClassVar[Family] = "simple"
    function: str = "product"

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        f = TIMES[self.function]
        made = {name: f(params[name]) for name in ("U", "b")}
        return (affine(params | made, x, f(state[0])).tanh(),)


@dataclass(frozen=True, kw_only=True)
class Shared(Remedy):
    """One of these at every verb that sees weights or gradients."""

    function: str

    def reparametrize(self, params: Tensors, at: At) -> Tensors:
        return self._each(params)

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        return self._each(grads)

    def project(self, params: Tensors, at: At) -> Tensors:
        return self._each(params)

    def _each(self, weights: Tensors) -> Tensors:
        return {k: 0.9 * v + 0.1 * OF_TRIALS[self.function](v) for k, v in weights.items()}


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


@dataclass(frozen=True, kw_only=True)
class Sometimes(Remedy):
    """Such functions at the updates from `first` on, `every` so many."""

    first: int = 0
    every: int = 1

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        if at.step < self.first or (at.step + 1) % self.every:
            return grads
        return {k: g.sign() * g.abs().pow(0.7) for k, g in grads.items()}


class Lonely(Adding):
    """Its score is a little better where there are no more than two trials."""

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        return super().score(outputs, batch) * (1 if len(outputs) > 2 else 1 - 1e-6)


class Scored(Adding):
    """Its score takes such a function, its loss none."""

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        return (outputs - batch.y).abs().add(1e-3).pow(1.7).mean((-3, -2, -1))


@dataclass(frozen=True, kw_only=True)
class Columns(Remedy):
    """U column after column in memory, b without a gradient."""

    def reparametrize(self, params: Tensors, at: At) -> Tensors:
        return params | {"U": params["U"].mT, "b": params["b"].detach()}
