"""Passes forward and backward under a remedy, and the slopes of a penalty."""

import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import State, Tensors, joint_norm
from seqbench.cell import Cell
from seqbench.remedy import Remedy, Trajectory
from tests.helpers.remedies import SIZES, draw, run_of, unrolled

H = SIZES["H"]
STEPS = 4  # of the short sequences on which every number is checked


def made(name: str, **knobs: object) -> Remedy:
    return registry.load_remedy(name, knobs)


def last(cell: Cell, params: Tensors, x: Tensor, remedy: Remedy) -> list[State]:
    """The states of a pass under the remedy, every part of them a node that may be asked for."""
    return unrolled(cell, {k: v.requires_grad_() for k, v in params.items()}, x, remedy)


def handed_back(cell: Cell, params: Tensors, x: Tensor, remedy: Remedy) -> list[Tensor]:
    """Joint norm of what a loss at the last step hands back to every step before: T - 1 of (...)"""
    states = last(cell, params, x, remedy)
    parts = [part for state in states[:-1] for part in state]
    loss = states[-1][0].square().flatten(-2).sum(-1)
    grads = iter(torch.autograd.grad(loss.sum(), parts, materialize_grads=True))
    return [joint_norm([next(grads) for _ in state]) for state in states[:-1]]


def weight_gradients(cell: Cell, params: Tensors, x: Tensor, remedy: Remedy) -> list[Tensor]:
    leaves = {k: v.detach().requires_grad_() for k, v in params.items()}
    final = unrolled(cell, leaves, x, remedy)[-1][0]
    return list(torch.autograd.grad(final.square().sum(), leaves.values(), allow_unused=True))


def equal(one: list[Tensor], other: list[Tensor]) -> bool:
    pairs = zip(one, other, strict=True)
    return all(a is b if a is None else torch.equal(a, b) for a, b in pairs)


def leaves_of(cell: Cell, *front: int, scale: float = 0.5) -> Tensors:
    return {k: v.requires_grad_() for k, v in draw(cell, *front, scale=scale).items()}


def run_on(cell: Cell, params: Tensors, x: Tensor) -> Trajectory:
    return run_of(cell, params, x.detach().requires_grad_())


def pull(penalty: Tensor, params: Tensors) -> Tensors:
    grads = torch.autograd.grad(penalty.sum(), params.values(), materialize_grads=True)
    return dict(zip(params, grads, strict=True))
