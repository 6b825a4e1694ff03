"""Singular values of the product of Jacobians ds_T/ds_t: what becomes of every direction.

    ds_T/ds_t = J_T J_{T-1} ... J_{t+1}      J_k = ds_k/ds_{k-1}

All steps of the path are differentiated at once, as sequences of one batch: a backward pass per
row of J, whatever the number of steps. The cells know nothing of it.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.initialization.gradient import Path

LARGEST = 256  # numbers in a state; of larger ones the product alone would take minutes
LOST = 1e-13  # singular values below this share of the largest are rounding in float64


def steps(path: Path, draws: int) -> Tensor | None:
    """J of every step of the first sequence, of the first draws: (K, S, D, D), first step first.

    None where the state is too large.
    """
    before = tuple(
        torch.stack([state[part][:draws, 0] for state in path.states[:-1]], -2).detach()
        for part in range(len(path.learns))
    )  # each (S, K, width)
    if sum(part.shape[-1] for part in path.motion(before)) > LARGEST:
        return None
    params = {name: p[:draws].detach() for name, p in path.params.items()}
    _, each = linearized(path.cell, params, before, path.x[:draws, :, 0], path.learns)
    return each.transpose(0, 1)  # (S, K, D, D) -> (K, S, D, D)


def linearized(
    cell: Cell, params: Tensors, before: State, x: Tensor, learns: Sequence[bool]
) -> tuple[Tensor, Tensor]:
    """What a step makes of every state, (S, N, D), and its Jacobian there, (S, N, D, D).

    before: (S, N, width) each, N states of every trial; x (S, N, I). D: the numbers of the parts
    that learn (`Path.learns`); the others are given.
    """
    old = tuple(part.detach() for part in before)
    moving = [p.requires_grad_() for p, learning in zip(old, learns, strict=True) if learning]
    new = zip(cell.step(params, old, x), learns, strict=True)
    after = torch.cat([part for part, learning in new if learning], -1)
    rows = [_row(after[..., i], moving) for i in range(after.shape[-1])]
    return after.detach(), torch.stack(rows, -2)


def _row(output: Tensor, moving: list[Tensor]) -> Tensor:
    """d output / d state for every draw and step: (S, K) -> (S, K, D)"""
    if not output.requires_grad:
        return torch.cat([torch.zeros_like(part) for part in moving], -1).detach()
    grads = torch.autograd.grad(output.sum(), moving, retain_graph=True, materialize_grads=True)
    return torch.cat(grads, -1)


def lags_shown(lags: int) -> list[int]:
    """1, 2, 4, ... and the last one."""
    doubled = [2**k for k in range(lags.bit_length()) if 2**k < lags]
    return [*doubled, lags]


def spectra(path: Path, draws: int) -> dict[int, Tensor]:
    """Singular values of ds_T/ds_t by lag, (S, D), the largest first; {} where too many.

    What is lost in rounding beside the largest counts as 0.
    """
    each = steps(path, draws)
    if each is None:
        return {}
    shown, by_lag = set(lags_shown(len(each))), {}
    product = each[-1]
    for lag in range(1, len(each) + 1):
        if lag > 1:
            product = product @ each[-lag]
        if lag in shown:
            values = torch.linalg.svdvals(product)
            by_lag[lag] = torch.where(values < LOST * values[..., :1], 0, values)
    return by_lag
