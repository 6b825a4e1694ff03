"""What a step's new state owes to its old state and to the weights, for estimates of the gradient.

    A = d s_t / d s_{t-1}        B = d s_t / d theta, of this step alone
    J_t = A J_{t-1} + B          the influence of the weights on the state, forward in time; J_0 is
                                 0, but where weights make the state before the first step
    dL/dtheta = sum over t of (dL/dh_t of step t alone) J_t

s: all parts of the state side by side, n numbers. Every sequence has an influence of its own.
theta: P weights, the readout's left out where the step does not see them.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.remedy import At, Remedy, Rollout
from seqbench.remedy.objections import needs_past
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class ByInfluence(Remedy, ABC):
    """Base of those that carry what weights do to the state forward in time."""

    alone: ClassVar[bool] = True

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_past(cell, task)

    @abstractmethod
    def kept(self, rollout: Rollout, at: At) -> float:
        """Numbers that one sequence needs from step to step, where nothing more is computed."""


def sizes(cell: Cell, rollout: Rollout) -> tuple[int, int]:
    """n, the numbers of a state, and P, the weights that a step sees."""
    loop = rollout.params if cell.reads_output else cell.params()
    numbers = sum(part.shape[-1] for part in rollout.states[0])
    return numbers, sum(rollout.params[name].shape[-2:].numel() for name in loop)


class Step(NamedTuple):
    """One step of every sequence on weights of its own.

    Attributes:
        weights:  the weights, (..., B, a, b) each, a leaf.
        old:      the parts of the old state, (..., B, 1, width) each, a leaf.
        new:      the new state, all parts side by side, (..., B, n).
    """

    weights: Tensors
    old: State
    new: Tensor


def taken(cell: Cell, params: Tensors, state: State, x: Tensor) -> Step:
    """A step of every sequence by itself: state (..., B, width) each, x (..., B, I)"""
    weights = _own(params, x)
    old = tuple(part.detach().unsqueeze(-2).requires_grad_() for part in state)
    with torch.enable_grad():
        new = cell.step(weights, old, x.detach().unsqueeze(-2))
        return Step(weights, old, side_by_side(tuple(part.squeeze(-2) for part in new)))


def _own(params: Tensors, x: Tensor) -> Tensors:
    """Weights of every sequence by itself, each a leaf: (..., a, b) each -> (..., B, a, b)"""
    return {
        name: part.detach().unsqueeze(-3).expand(*x.shape[:-1], *part.shape[-2:]).requires_grad_()
        for name, part in params.items()
    }


def side_by_side(state: State) -> Tensor:
    """All parts in one: (..., width) each -> (..., n)"""
    return torch.cat(state, -1)


def flat(by_weight: Tensors) -> Tensor:
    """All weights in one: (..., a, b) each -> (..., P)"""
    return torch.cat([part.flatten(-2) for part in by_weight.values()], -1)


def named(flat: Tensor, like: Tensors) -> Tensors:
    """The same as weights again: (..., P) -> (..., a, b) each"""
    parts = flat.split([part.shape[-2:].numel() for part in like.values()], -1)
    pairs = zip(like.items(), parts, strict=True)
    return {name: part.unflatten(-1, weight.shape[-2:]) for (name, weight), part in pairs}


def jacobians(cell: Cell, params: Tensors, state: State, x: Tensor) -> tuple[Tensor, Tensor]:
    """A (..., B, n, n) and B (..., B, n, P) of a step."""
    step = taken(cell, params, state, x)
    rows = _slopes(step.new, [*step.old, *step.weights.values()])
    by_state = side_by_side(tuple(part.squeeze(-2) for part in rows[: len(state)]))
    return by_state, flat(dict(zip(params, rows[len(state) :], strict=True)))


def _slopes(new: Tensor, leaves: list[Tensor]) -> list[Tensor]:
    """By every leaf, of each number of a state (..., B, n): (..., B, n, *) each, its own axes."""
    n = new.shape[-1]
    units = torch.eye(n, dtype=new.dtype, device=new.device).view(n, *[1] * (new.ndim - 1), n)
    slopes = torch.autograd.grad(
        new, leaves, units.expand(n, *new.shape), is_grads_batched=True, allow_unused=True
    )
    nothing = (leaf.new_zeros(()).expand(n, *leaf.shape) for leaf in leaves)
    every = (empty if z is None else z for z, empty in zip(slopes, nothing, strict=True))
    return [slope.movedim(0, -3) for slope in every]


def of_start(cell: Cell, rollout: Rollout) -> Tensor | None:
    """J_0 (..., B, n, P), what the first state owes to the weights; None: nothing."""
    if not rollout.begins:
        return None
    x = rollout.x[..., 0, :, :].detach()
    weights = _own(rollout.params, x)
    with torch.enable_grad():
        first = cell.start(x.unsqueeze(-2), weights)
        joint = side_by_side(tuple(part.squeeze(-2) for part in first))
    if not joint.requires_grad:
        return None
    return flat(dict(zip(weights, _slopes(joint, [*weights.values()]), strict=True)))


def products(
    cell: Cell, rollout: Rollout, t: int, x: Tensor, along: Tensor, nu: Tensor
) -> tuple[Tensor, Tensor]:
    """A_t s~ (..., B, n) and nu' B_t (..., B, P) of every sequence."""
    step = taken(cell, rollout.params, rollout.states[t], x)
    lever = torch.zeros_like(step.new, requires_grad=True)
    leaves = [*step.weights.values()]
    with torch.enable_grad():  # a product with A' is linear in its lever: its slope is one with A
        back = torch.autograd.grad(
            step.new, step.old, lever, create_graph=True, materialize_grads=True
        )
        joint = side_by_side(tuple(part.squeeze(-2) for part in back))
        (moved,) = torch.autograd.grad(
            joint, [lever], along, retain_graph=True, materialize_grads=True
        )
    fed = torch.autograd.grad(step.new, leaves, nu, materialize_grads=True)
    return moved, flat(dict(zip(rollout.params, fed, strict=True)))


def forward_accumulated(
    cell: Cell,
    rollout: Rollout,
    kept: Callable[[Tensor], Tensor] = lambda influence: influence,
    way: Callable[[Tensor], Tensor] = lambda by_state: by_state,
) -> Tensors:
    """The gradient by all weights, with what is `kept` of the influence after every step.

    way: what is left of A, (..., B, n, n), when an influence goes through a step.
    """
    total, influence = None, of_start(cell, rollout)
    for t, x in enumerate(rollout.x.unbind(-3)):
        by_state, by_weight = jacobians(cell, rollout.params, rollout.states[t], x)
        through = by_weight if influence is None else way(by_state) @ influence + by_weight
        influence = kept(through)
        mine = credited(rollout.credit[..., t, :, :], influence)
        total = mine if total is None else total + mine
    assert total is not None, "a sequence has one step at least"
    return named(total, rollout.params)


def credited(credit: Tensor, influence: Tensor) -> Tensor:
    """A step's part of the gradient: (..., B, H) by h, (..., B, n, P) -> (..., P)"""
    units = credit.shape[-1]
    return (credit[..., None] * influence[..., :units, :]).sum((-3, -2))
