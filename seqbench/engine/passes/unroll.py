"""A cell through time: the one loop over steps that everything else stands on."""

from collections.abc import Callable
from math import gcd

import torch
from torch import Tensor
from torch.nn import functional

from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.networks.network import Network
from seqbench.remedy import At, Remedy

LANES = 32  # numbers that the widest vector unit takes at once; a power of two
Feed = Callable[[int, Tensor], Tensor]  # number of a step, last output -> its input


def readout(params: Tensors, h: Tensor) -> Tensor:
    """The output layer: (..., B, H) -> (..., B, O)"""
    return h @ params["W_out"].mT + params["b_out"]


def filled(params: Tensors, x: Tensor) -> Tensor:
    """One sequence of inputs per trial and batch: x (..., T, B, I) -> (..., T, B', I)

    Silent sequences fill the batch up until B' * H is a multiple of LANES: some functions round the
    last numbers of a buffer in another way, and a trial's numbers must not lie there or elsewhere
    depending on its neighbors in the stack. `hidden` leaves these sequences out again.
    """
    *front, _, units = params["W_out"].shape
    x = x.expand(*front, *x.shape[-3:])
    silent = -x.shape[-2] % (LANES // gcd(units, LANES))
    return functional.pad(x, (0, 0, 0, silent)) if silent else x


def widened(state: State, sequences: int) -> State:
    """The state with silent sequences behind it: each (..., B, width) -> (..., B', width)"""
    return tuple(functional.pad(part, (0, 0, 0, sequences - part.shape[-2])) for part in state)


def narrowed(state: State, sequences: int) -> State:
    """The state of the first `sequences`, as numbers to go on from: without a way back."""
    return tuple(part.detach()[..., :sequences, :] for part in state)


def unroll(
    cell: Cell,
    params: Tensors,
    x: Tensor,
    remedy: Remedy,
    at: At,
    feed: Feed | None = None,
    *,
    tap: bool = False,
    keep: int | None = None,
    start: State | None = None,
) -> list[State]:
    """Run the cell over x (..., T, B', I); the state after every step, as the readout sees it.

    x is unbound once: indexing it inside the loop would make the pass backward add a tensor of the
    whole sequence at every step. `tap` makes every part of every state a node of its own in the
    graph: a gradient with respect to it does not contain the way through the other parts. `keep`
    is how many of the last states are wanted; None: all. `start` is the state that an earlier
    window left; None: the cell's own.
    """
    steps = x.unbind(-3)
    advances, carries = (verb in remedy.acts_at for verb in ("advance", "carry"))
    past = [cell.start(steps[0], params) if start is None else start]
    states: list[State] = []
    for t, x_t in enumerate(steps):
        if feed and t:
            x_t = feed(t, readout(params, states[-1][0]))
        new = cell.step(params, past[-1], x_t)
        real = cell.real(x_t) if isinstance(cell, Network) else None
        if advances:
            new = _held(real, past[-1], remedy.advance(past, new, at))
        if tap:
            new = tuple(part.view_as(part) for part in new)
        left = len(steps) - 1 - t
        onward = remedy.carry(past[-1], new, left, at) if carries and left else new
        past.append(_held(real, new, onward))
        states.append(new)
        del past[: -remedy.lookback]
        if keep:
            del states[:-keep]
    return states


def _held(real: Tensor | None, old: State, new: State) -> State:
    """The new state, but the old one where a step is padding: there no remedy acts either."""
    if real is None or old is new:
        return new
    return tuple(torch.where(real, n, o) for n, o in zip(new, old, strict=True))


def hidden(states: list[State], asked: str, sequences: int) -> Tensor:
    """The states that are read out, of the first `sequences`: (..., A, B, H), A = 1 or T."""
    read = states[-1:] if asked == "last" else states
    return torch.stack([state[0][..., :sequences, :] for state in read], -3)


def outputs(params: Tensors, h: Tensor) -> Tensor:
    """What the readout says: (..., A, B, H) -> (..., A, B, O)"""
    return readout(params, h.flatten(-3, -2)).unflatten(-2, h.shape[-3:-1])
