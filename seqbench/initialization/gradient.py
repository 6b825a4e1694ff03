"""The gradient of one direction of the last state, step by step back.

    L = <u, h_T>      |dL/ds_t| by lag T - t, 1 at lag 0

The vector is carried back by the transposed Jacobians, so its growth per step is the largest
Lyapunov exponent (the method of Benettin et al. with one vector; in float64 none of the lags used
here needs it to be scaled down on the way):

    (log |dL/ds_{T-K}| - log |dL/ds_{T-k}|) / (K - k)      k = K / 4

The first quarter of the lags is left out: u begins as a mixture of all directions, and turns toward
the one that grows most. u lies in h alone, because a loss sees nothing else of the state.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import State, Tensors, joint_norm
from seqbench.cell import Cell
from seqbench.engine.passes.unroll import unroll
from seqbench.engine.streams import stream
from seqbench.initialization.weights import STREAM
from seqbench.remedy import At, Remedy


@dataclass(frozen=True)
class Path:
    """A cell on its way, its first steps forgotten: what happens in the last K of them.

    Attributes:
        states:  the states before these steps and after the last of them, K + 1.
        x:       the inputs of these steps, (S, K, B, I).
        learns:  which parts of the state the weights can change: not a clock, not an old input.
    """

    cell: Cell
    params: Tensors
    states: list[State]
    x: Tensor
    learns: tuple[bool, ...]

    def motion(self, state: State) -> State:
        """The parts of a state that the weights can change."""
        return tuple(part for part, learning in zip(state, self.learns, strict=True) if learning)


def walk(cell: Cell, params: Tensors, x: Tensor, at: At, lags: int) -> Path:
    """Run over x (S, T, B, I), T > lags; the steps before the last `lags` leave no way back."""
    learns = learning(cell, params, x, at)
    with torch.no_grad():
        before = unroll(cell, params, x[..., :-lags, :, :], Remedy(), at, keep=1)[-1]
    return _onward(cell, params, before, x[..., -lags:, :, :], learns, at)


def learning(cell: Cell, params: Tensors, x: Tensor, at: At) -> tuple[bool, ...]:
    """Which parts of the state the weights can change: not a clock, not an old input."""
    leaves = {name: p.detach().requires_grad_() for name, p in params.items()}
    few = unroll(cell, leaves, x[..., :3, :, :], Remedy(), at)
    return tuple(part.requires_grad for part in few[-1])


def pieces(
    cell: Cell,
    params: Tensors,
    x: Tensor,
    after: State,
    learns: tuple[bool, ...],
    at: At,
    lags: int,
) -> Path:
    """The end of one sequence x (S, T, 1, I) in pieces of `lags` steps, as sequences side by side.

    Without the first `lags` steps, or more. after: the states of the loop, (S, T, width) each.
    """
    many = x.shape[1] // lags - 1
    first = x.shape[1] - many * lags
    before = tuple(part[:, first - 1 : -1 : lags].clone() for part in after)
    ahead = x[:, first:, 0].unflatten(1, (many, lags)).transpose(1, 2)
    return _onward(cell, params, before, ahead, learns, at)


def _onward(
    cell: Cell, params: Tensors, before: State, x: Tensor, learns: tuple[bool, ...], at: At
) -> Path:
    """The path over x from the state before it."""
    pairs = zip(before, learns, strict=True)
    start = tuple(part.requires_grad_(learns_it) for part, learns_it in pairs)
    states = unroll(cell, params, x, Remedy(), at, tap=True, start=start)
    return Path(cell, params, [start, *states], x, learns)


def norms(path: Path) -> Tensor:
    """|dL/ds_t| by lag, 0 first: (S, B, K + 1), as multiples of the one at lag 0."""
    h = path.states[-1][0]
    if not h.requires_grad:  # it is made of the present input alone
        return torch.eye(len(path.states), dtype=h.dtype)[0].repeat(*h.shape[:-1], 1)
    u = directions(h)
    nodes = [part for state in path.states for part in path.motion(state)]
    size = len(nodes) // len(path.states)
    grads = torch.autograd.grad(h, nodes, u, materialize_grads=True)
    rows = [grads[i : i + size] for i in range(0, len(grads), size)]
    sizes = [joint_norm([grad.unsqueeze(-2) for grad in row]) for row in rows]
    by_lag = torch.stack(sizes[::-1], -1)
    return by_lag / by_lag[..., :1]  # |u| is 1 but for rounding


def directions(h: Tensor) -> Tensor:
    """A random direction of length 1 for every draw and sequence, of h's shape: (S, B, H)"""
    rows = [
        torch.randn(h.shape[1:], generator=stream(seed, f"{STREAM}/u")) for seed in range(len(h))
    ]
    u = torch.stack(rows).to(h)
    return u / torch.linalg.vector_norm(u, dim=-1, keepdim=True)


def exponents(by_lag: Tensor) -> Tensor:
    """Growth of the logarithm per step, from `norms`: (..., K + 1) -> (...); -inf: all is gone."""
    last = by_lag.shape[-1] - 1
    first = last // 4
    grown = by_lag[..., -1].log() - by_lag[..., first].log()
    gone = by_lag[..., -1] == 0
    return torch.where(gone, -torch.inf, grown / (last - first))
