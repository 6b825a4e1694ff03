"""Gradient descent for a stack: every trial has its own learning rate.

An optimizer is a pure function of (weights, gradients, slots, learning rates, updates done); the
last may be a tensor. The formulas and their constants are those of torch.optim, against which the
tests hold them. What a cell says of the pace of its weights makes groups of them, as there.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from seqbench.axes import Tensors, scaled
from seqbench.cell import Param
from seqbench.engine.fused import descent

SQUARES = "squares"  # the slot of running means of squares
DECAY = {"rmsprop": 0.99, "adam": 0.999}  # of that mean, per update
Slots = dict[str, Tensors]  # what an optimizer remembers, by name and weight
Optimizer = Callable[[Tensors, Tensors, Slots, Tensor, int | Tensor], tuple[Tensors, Slots]]


def _descend(params: Tensors, direction: Tensors, rates: Tensor) -> Tensors:
    return {k: p - scaled(direction[k], rates) for k, p in params.items()}


def _zeros(params: Tensors) -> Tensors:
    return {k: torch.zeros_like(p) for k, p in params.items()}


def _average(old: Tensors, new: Tensors, decay: float) -> Tensors:
    return {k: decay * old[k] + (1 - decay) * new[k] for k in new}


def sgd(
    params: Tensors,
    grads: Tensors,
    slots: Slots,
    rates: Tensor,
    done: int | Tensor,
    *,
    momentum: float = 0,
) -> tuple[Tensors, Slots]:
    """v <- momentum v + g;  w <- w - rate v"""
    if not momentum:
        return _descend(params, grads, rates), {}
    past = slots.get("velocity") or _zeros(params)
    velocity = {k: momentum * past[k] + g for k, g in grads.items()}
    return _descend(params, velocity, rates), {"velocity": velocity}


def rmsprop(
    params: Tensors,
    grads: Tensors,
    slots: Slots,
    rates: Tensor,
    done: int | Tensor,
    *,
    momentum: float = 0,
    decay: float = DECAY["rmsprop"],
) -> tuple[Tensors, Slots]:
    """s <- decay s + (1 - decay) g^2;  v <- momentum v + g / (sqrt(s) + 1e-8);  w <- w - rate v"""
    squares = {k: g * g for k, g in grads.items()}
    s = _average(slots.get(SQUARES) or _zeros(params), squares, decay)
    step = {k: g / (s[k].sqrt() + 1e-8) for k, g in grads.items()}
    params, others = sgd(params, step, slots, rates, done, momentum=momentum)
    return params, {SQUARES: s} | others


def adam(
    params: Tensors, grads: Tensors, slots: Slots, rates: Tensor, done: int | Tensor
) -> tuple[Tensors, Slots]:
    """Means of g (decay 0.9) and g^2 (0.999), corrected for their start at zero."""
    decay, late, small = 0.9, DECAY["adam"], 1e-8
    mean, old = (slots.get(name) or _zeros(params) for name in ("mean", SQUARES))
    if not isinstance(done, Tensor):
        corrections = 1 - decay ** (done + 1), 1 - late ** (done + 1)
        numbers = (decay, 1 - decay, late, 1 - late, *corrections, small)
        if made := descent.adam(params, grads, mean, old, rates, numbers):
            params, m, v = made
            return params, {"mean": m, SQUARES: v}
    first, second = 1 - decay ** (done + 1), 1 - late ** (done + 1)
    squares = {k: g * g for k, g in grads.items()}
    m, v = _average(mean, grads, decay), _average(old, squares, late)
    step = {k: m[k] / first / ((v[k] / second).sqrt() + small) for k in grads}
    return _descend(params, step, rates), {"mean": m, SQUARES: v}


def numbers_per_weight(name: str, momentum: float) -> int:
    """How many numbers an optimizer keeps for every weight."""
    return {"sgd": 0, "rmsprop": 1, "adam": 2}[name] + bool(momentum)


def optimizer(name: str, momentum: float) -> Optimizer:
    """By name: sgd, rmsprop or adam, which has a momentum of its own."""
    by_name: dict[str, Optimizer] = {
        "sgd": partial(sgd, momentum=momentum),
        "rmsprop": partial(rmsprop, momentum=momentum),
        "adam": adam,
    }
    return by_name[name]


def paced(optimize: Optimizer, weights: dict[str, Param]) -> Optimizer:
    """The same, at the pace that the cell gives each of its weights: in groups of equal pace.

    Where none has a pace of its own it is `optimize` itself.
    """
    ordinary = 1.0, float("inf")
    paces = {name: (param.pace, param.fastest) for name, param in weights.items()}
    if set(paces.values()) <= {ordinary}:
        return optimize

    def run(
        params: Tensors, grads: Tensors, slots: Slots, rates: Tensor, done: int | Tensor
    ) -> tuple[Tensors, Slots]:
        groups: dict[tuple[float, float], list[str]] = {}
        for name in params:
            groups.setdefault(paces.get(name, ordinary), []).append(name)
        moved, kept = dict(params), dict[str, Tensors]()
        for (pace, fastest), names in groups.items():
            of, by = ({name: part[name] for name in names} for part in (params, grads))
            past = {slot: {name: part[name] for name in names} for slot, part in slots.items()}
            new, left = optimize(of, by, past, (rates * pace).clamp(max=fastest), done)
            moved |= new
            for slot, part in left.items():
                kept[slot] = kept.get(slot, {}) | part
        return moved, {slot: {name: part[name] for name in params} for slot, part in kept.items()}

    return run
