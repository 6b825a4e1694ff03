"""Newton's method over time (DEER): how many iterations of all steps at once stand for the loop.

    g_t <- f(g_{t-1}, x_t) + J_t (g'_{t-1} - g_{t-1})      t = 1 ... T, J_t = df/ds at g_{t-1}

g: the guess, at first the start state at every step; g': the new one, g'_0 = g_0. f and J are taken
at all steps at once; what is left to do one after the other is linear, so a scan can do it. An
iteration makes at least one more step right, so T of them do but for overflow, and one does where
f is affine in the state. Few are enough where differences between two states fade on the way, no
number that pays where they grow (the largest Lyapunov exponent is above 0).
Counted are the iterations until every state is that of the loop within WITHIN (of the largest
number of a state, where that is above 1); MOST + 1 stands for more than MOST, overflow among them.
The exponent is of the true path, J is taken on the guess: where that is steeper, as in a layer norm
of a state of zeros, more are needed than it tells.
Rounding counts: what grows by 10^12 over the sequence is never met again to four digits in float64.
Unknown are the parts of the state that weights can change; a clock or an old input is given.
Not a measure of time: an iteration needs J, and a product of matrices per step where J is dense.
Source: lim2024, gonzalez2025
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.engine.passes.unroll import unroll
from seqbench.initialization import jacobian
from seqbench.initialization.weights import inputs
from seqbench.records import NEWTON, NEWTON_MOST
from seqbench.remedy import At, Remedy

MOST, WITHIN = NEWTON_MOST, 1e-4
DRAWS = dict(zip(NEWTON, (5, 1), strict=True))  # weights and inputs by T; odd, for the median
LARGEST = 2**24  # numbers in J of all trials and steps: 128 MiB


def medians(cell: Cell, params: Tensors, learns: Sequence[bool], at: At) -> dict[int, int | None]:
    """T -> iterations; None: the state is too large. params: (S, ...), S at least `DRAWS`."""
    found: dict[int, int | None] = {}
    for length, draws in DRAWS.items():
        mine = {name: p[:draws].detach() for name, p in params.items()}
        counts = iterations(cell, mine, inputs(draws, 1, length), learns, at)
        found[length] = None if counts is None else int(counts.median())
    return found


def trajectory(cell: Cell, params: Tensors, x: Tensor, at: At) -> State:
    """The states of the loop after all steps, (S, T, width) each; x (S, T, 1, I)."""
    with torch.no_grad():
        loop = unroll(cell, params, x, Remedy(), at)
    return tuple(torch.cat(parts, -2) for parts in zip(*loop, strict=True))


def iterations(
    cell: Cell,
    params: Tensors,
    x: Tensor,
    learns: Sequence[bool],
    at: At,
    after: State | None = None,
) -> Tensor | None:
    """Iterations of every trial, (S,), MOST + 1 at the most; x (S, T, 1, I).

    learns: which parts of the state the weights can change. after: the states of the loop, where
    they are known. None: these are too large.
    """
    rows = x.squeeze(-2)  # steps as sequences of one batch: (S, T, I)
    after = after or trajectory(cell, params, x, at)
    with torch.no_grad():
        start = cell.start(rows, params)
    true = torch.cat(_learning(after, learns), -1)  # (S, T, D)
    if true.numel() * true.shape[-1] > LARGEST:
        return None
    bound = WITHIN * true.abs().amax(-1, keepdim=True).clamp(min=1)
    guess = tuple(s if learning else p for s, p, learning in zip(start, after, learns, strict=True))
    counts = torch.full(x.shape[:1], MOST + 1)
    for count in range(1, MOST + 1):
        guess = improved(cell, params, guess, start, rows, learns)
        wrong = (torch.cat(_learning(guess, learns), -1) - true).abs()
        met = (wrong <= bound).flatten(1).all(-1)
        counts = torch.where(met & (counts > MOST), count, counts)
        if (met | wrong.isnan().flatten(1).any(-1) | (counts <= MOST)).all():
            break
    return counts


def improved(
    cell: Cell, params: Tensors, guess: State, start: State, x: Tensor, learns: Sequence[bool]
) -> State:
    """The next guess of the states after all steps: (S, T, width) each; x (S, T, I)."""
    before = tuple(
        torch.cat([first[..., :1, :], part[..., :-1, :]], -2)
        for first, part in zip(start, guess, strict=True)
    )
    after, J = jacobian.linearized(cell, params, before, x, learns)
    old = torch.cat(_learning(guess, learns), -1)
    moved = iter(_solved(J, after, old).split(_widths(guess, learns), -1))
    return tuple(
        next(moved) if learning else part for part, learning in zip(guess, learns, strict=True)
    )


def _solved(J: Tensor, f: Tensor, g: Tensor) -> Tensor:
    """g'_t = f_t + J_t (g'_{t-1} - g_{t-1}): (S, T, D, D), (S, T, D) twice -> (S, T, D)

    Not g_t and what is to be added to it: a guess may be 10^76, beside which f_t would be lost.
    """
    d, steps = torch.zeros_like(f[:, 0]).unsqueeze(-1), []
    each = (part.unsqueeze(-1).unbind(1) for part in (f, g))
    for J_t, f_t, g_t in zip(J.unbind(1), *each, strict=True):
        steps.append(torch.baddbmm(f_t, J_t, d))
        d = steps[-1] - g_t
    return torch.stack(steps, 1).squeeze(-1)


def _learning(state: State, learns: Sequence[bool]) -> State:
    return tuple(part for part, learning in zip(state, learns, strict=True) if learning)


def _widths(state: State, learns: Sequence[bool]) -> list[int]:
    return [part.shape[-1] for part in _learning(state, learns)]
