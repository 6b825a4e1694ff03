"""A cell unrolled in time: the one loop over steps that everything else is tested against."""

from collections.abc import Callable

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.engine.beside import stepwise
from seqbench.remedy import At, Remedy

Feed = Callable[[int, Tensor], Tensor]  # number of a step, last output -> its input


def readout(params: Tensors, h: Tensor) -> Tensor:
    """The output layer: (..., B, H) -> (..., B, O)"""
    return h @ params["W_out"].mT + params["b_out"]


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
    valid: Tensor | None = None,
) -> list[State]:
    """Run the cell over x (..., T, B', I); the state after every step, as the readout sees it.

    x is unbound once: indexing it inside the loop would make the backward pass add a tensor of the
    whole sequence at every step. `tap` makes every part of every state a node of its own in the
    graph: a gradient with respect to it does not contain the way through the other parts. `keep`
    is how many of the last states are wanted; None: all. `start` is the state that an earlier
    window left; None: the cell's own. `valid`: (..., T, B', 1), where steps are none of padding, at
    which no remedy acts; None: all.
    """
    steps = x.unbind(-3)
    there = stepwise(remedy, at, len(steps))
    advances, carries = "advance" in remedy.acts_at, "carry" in remedy.acts_at
    past = [cell.start(steps[0], params) if start is None else start]
    states: list[State] = []
    real = [None] * len(steps) if valid is None else valid.unbind(-3)
    for t, x_t in enumerate(steps):
        if feed and t:
            x_t = feed(t, readout(params, states[-1][0]))
        remedy, at = there(t)
        new = cell.step(params, past[-1], x_t)
        if advances:
            new = held(real[t], past[-1], remedy.advance(past, new, at))
        if tap:
            new = tuple(z.view_as(z) for z in new)
        left = len(steps) - 1 - t
        onward = remedy.carry(past[-1], new, left, at) if carries and left else new
        past.append(held(real[t], new, onward))
        states.append(new)
        del past[: -remedy.lookback]
        if keep:
            del states[:-keep]
    return states


def held(real: Tensor | None, old: State, new: State) -> State:
    """The new state, but the old one where a step is not real: there no remedy acts either."""
    if real is None or old is new:
        return new
    return tuple(torch.where(real, n, o) for n, o in zip(new, old, strict=True))


def hidden(states: list[State], asked: str, sequences: int) -> Tensor:
    """The states that are read out, of the first `sequences`: (..., A, B, H), A = 1 or T."""
    read = states[-1:] if asked == "last" else states
    return torch.stack([state[0][..., :sequences, :] for state in read], -3)
