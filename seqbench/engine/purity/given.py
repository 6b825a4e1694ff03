"""The weights, gradients and inputs that a variant is given to show that it is pure."""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from seqbench.axes import State, Tensors, scaled
from seqbench.cell import Cell
from seqbench.engine.purity.experiment import TRIALS, untouched
from seqbench.engine.rules import alike, impure
from seqbench.engine.streams import CPU, RowNoise, stream
from seqbench.remedy import At, Remedy

H, STEPS, LONG = 8, 3, 9
BATCH = 4  # BATCH * H fills vector registers: no last digit depends on the place
TAME, WILD = torch.ones(TRIALS), torch.logspace(-2, 2, TRIALS)
# a maximum over NaN is no large number, so one of them has none
EXTREME = torch.tensor([[1, 1, 1, 1e6, 1e12], [1, 1, 1e12, 1e25, inf]]).unbind()


class Given(NamedTuple):
    """Trials: weights and gradients (S, a, b), x (S, T, B, I), first state; (): the cell's own.

    padding: how many sequences follow again, as batch padding. memory: what the remedy remembers.
    """

    params: Tensors
    grads: Tensors
    x: Tensor
    start: State = ()
    padding: int = 0
    memory: Tensors = {}  # noqa: RUF012  # which nobody writes into

    def of(self, trials: Sequence[int]) -> "Given":
        """Some of the trials, or some more than once."""
        index = torch.tensor([*trials])
        return tree_map(lambda part: part[index] if isinstance(part, Tensor) else part, self)


def sizes(width: int = H) -> dict[str, int]:
    """I, H and O."""
    return {"I": 3, "H": width, "O": 2}


def given(cell: Cell, remedy: Remedy, size: Tensor, width: int = H, steps: int = STEPS) -> Given:
    """Trials of these sizes, (S,); those that are not tame begin with a state of their own."""
    draw = stream(0, "purity")
    params = born(cell, remedy, range(TRIALS), width)
    noise = {k: torch.randn(v.shape, generator=draw) for k, v in params.items()}
    params = {k: scaled(v + 0.1 * noise[k], size) for k, v in params.items()}
    grads = {k: scaled(torch.randn(v.shape, generator=draw), size) for k, v in noise.items()}
    x = torch.randn(TRIALS, steps, BATCH, sizes()["I"], generator=draw) * size.view(-1, 1, 1, 1)
    memory = _memory(remedy, params)
    if size is TAME:
        return Given(params, grads, x, memory=memory)
    start = cell.start(x[:, 0], params)
    states = (scaled(torch.randn(part.shape, generator=draw), size) for part in start)
    return Given(params, grads, x, tuple(states), memory=memory)


def _memory(remedy: Remedy, params: Tensors) -> Tensors:
    """What the remedy remembers as training begins, trial by trial, by its own names."""
    trials = ({k: part[row] for k, part in params.items()} for row in range(TRIALS))
    made = [untouched(remedy, "first_memory", remedy.first_memory, weights) for weights in trials]
    return {name: torch.stack([kept[name] for kept in made]) for name in made[0]}


def born(cell: Cell, remedy: Remedy, trials: Sequence[int], width: int = H) -> Tensors:
    """The initial weights of trials, one after the other.

    Raises:
        Impure: the remedy gives weights of another form.
    """
    rows: list[Tensors] = []
    for trial in trials:
        weights = cell.initialize(sizes(width), stream(trial, "purity"))
        if "initialize" in remedy.acts_at:
            at = At(cell, 0, RowNoise(trial, "purity", 0, CPU), 20)
            made = untouched(remedy, "initialize", remedy.initialize, weights, at)
            if differs := alike(made, weights):
                raise impure("shape", remedy, "initialize", more=differs)
            weights = made
        rows.append(weights)
    return {name: torch.stack([weights[name] for weights in rows]) for name in rows[0]}
