"""What is run of a cell and a remedy, so that one can see whether it is pure.

Five trials with weights, inputs and noise of their own: of ordinary size ("tame"), then one a
hundredth, one a hundred times as large ("wild"), so that a threshold for numbers of the whole stack
lies between what a small trial has and what its largest neighbor has.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from seqbench.axes import State, Tensors, scaled
from seqbench.cell import Cell
from seqbench.engine.passes.unroll import readout, unroll
from seqbench.engine.purity.experiment import TRIALS, equal, prove, untouched
from seqbench.engine.purity.rules import alike, impure
from seqbench.engine.streams import CPU, RowNoise, stream
from seqbench.engine.trial import SHARED
from seqbench.remedy import At, Remedy, Trajectory

SIZES = {"I": 3, "H": 8, "O": 2}
STEPS, BATCH = 3, 4  # BATCH * H fills vector registers, so that no last digit depends on the place
LAG = 20
UPDATES = (0, 1000)  # done before
TAME, WILD = torch.ones(TRIALS), torch.logspace(-2, 2, TRIALS)


class Given(NamedTuple):
    """Trials: weights and gradients (S, a, b), x (S, T, B, I), first state; (): the cell's own."""

    params: Tensors
    grads: Tensors
    x: Tensor
    start: State = ()

    def of(self, trials: Sequence[int]) -> "Given":
        """Some of the trials, or some more than once."""
        index = torch.tensor([*trials])
        return tree_map(lambda part: part[index], self)


def prove_cell(cell: Cell) -> None:
    """Refuse a cell that is not pure, trial by trial and sequence by sequence.

    Raises:
        Impure: names the line and the rule.
    """
    tame, wild = _given(cell, Remedy(), TAME), _given(cell, Remedy(), WILD)
    start = cell.start(tame.x[:, 0], tame.params)
    new = untouched(cell, "step", cell.step, tame.params, start, tame.x[:, 0])
    if differs := alike(_named(new), _named(start)):
        raise impure("shape", cell, "step", more=differs)
    declared = {name: torch.empty(shape) for name, shape in cell.shapes(SIZES).items()}
    if differs := alike(cell.initialize(SIZES, stream(0, "purity")), declared):
        raise impure("shape", cell, "initialize", more=differs)
    prove(cell, "initialize", partial(_born, cell, Remedy()))
    found = _pass(cell, Remedy(), tame, range(TRIALS))
    prove(cell, "step", partial(_pass, cell, Remedy(), tame))
    prove(cell, "step", partial(_pass, cell, Remedy(), wild), wild=True)
    if _mixes(cell, tame, _first_sequence(found)):
        raise impure("batch", cell, "step")
    slopes = [found[f"gradient of {name}"] for name in cell.params()]
    if slopes and not any(bool(slope.any()) for slope in slopes):
        raise impure("gradient", cell, "step")


def prove_remedy(cell: Cell, remedy: Remedy) -> None:
    """Refuse a remedy (of a composition: a part) whose verbs, around a cell, are not pure.

    Raises:
        Impure: names the line and the rule.
    """
    tame, wild = _given(cell, remedy, TAME), _given(cell, remedy, WILD)
    acts = set(remedy.acts_at)
    if "initialize" in acts:
        prove(remedy, "initialize", partial(_born, cell, remedy))
    if shared := [verb for verb in SHARED if verb in acts and verb != "solve"]:
        prove(remedy, shared[0], partial(_pass, cell, remedy, tame))
        prove(remedy, shared[0], partial(_pass, cell, remedy, wild), wild=True)
    for verb in ("transform", "project"):
        for step in UPDATES if verb in acts else ():
            prove(remedy, verb, partial(_changed, verb, cell, remedy, tame, step))
            prove(remedy, verb, partial(_changed, verb, cell, remedy, wild, step), wild=True)
    if "solve" in acts:
        prove(remedy, "solve", partial(_solved, remedy))


def _given(cell: Cell, remedy: Remedy, sizes: Tensor) -> Given:
    draw = stream(0, "purity")
    params = _born(cell, remedy, range(TRIALS))
    noise = {k: torch.randn(v.shape, generator=draw) for k, v in params.items()}
    params = {k: scaled(v + 0.1 * noise[k], sizes) for k, v in params.items()}
    grads = {k: scaled(torch.randn(v.shape, generator=draw), sizes) for k, v in noise.items()}
    x = torch.randn(TRIALS, STEPS, BATCH, SIZES["I"], generator=draw)
    x = x * sizes.view(-1, 1, 1, 1)
    if sizes is TAME:
        return Given(params, grads, x)
    start = cell.start(x[:, 0], params)
    return Given(
        params,
        grads,
        x,
        tuple(scaled(torch.randn(part.shape, generator=draw), sizes) for part in start),
    )


def _at(cell: Cell, trials: Sequence[int] | int, step: int = 0) -> At:
    return At(cell, step, RowNoise(trials, "purity", step, CPU), LAG)


def _born(cell: Cell, remedy: Remedy, trials: Sequence[int]) -> Tensors:
    """The initial weights of trials, one after the other."""
    born: list[Tensors] = []
    for trial in trials:
        weights = cell.initialize(SIZES, stream(trial, "purity"))
        if "initialize" in remedy.acts_at:
            made = untouched(remedy, "initialize", remedy.initialize, weights, _at(cell, trial))
            if differs := alike(made, weights):
                raise impure("shape", remedy, "initialize", more=differs)
            weights = made
        born.append(weights)
    return {name: torch.stack([weights[name] for weights in born]) for name in born[0]}


@torch.enable_grad()
def _pass(cell: Cell, remedy: Remedy, given: Given, trials: Sequence[int]) -> Tensors:
    """States, losses and gradients of a short pass, with what the remedy makes of it."""
    params, _, x, start = given.of(trials)
    at = _at(cell, trials)
    leaves = {name: part.requires_grad_() for name, part in params.items()}
    weights = untouched(remedy, "reparametrize", remedy.reparametrize, leaves, at)
    x.requires_grad_()
    states = unroll(cell, weights, x, remedy, at, tap=True, start=start or None)
    loss = readout(weights, states[-1][0]).square().flatten(-2).mean(-1)
    trajectory = Trajectory(states, loss, x, BATCH)
    penalty = remedy.penalize(weights, trajectory, at)
    if penalty is not None and (differs := alike({"penalty": penalty}, {"penalty": loss})):
        raise impure("shape", remedy, "penalize", more=differs)
    objective = loss if penalty is None else loss + penalty
    slopes = torch.autograd.grad(objective.sum(), [*leaves.values()], materialize_grads=True)
    parts = {f"gradient of {name}": slope for name, slope in zip(leaves, slopes, strict=True)}
    through_time = {
        f"state {n}": torch.stack(part, 1).detach()
        for n, part in enumerate(zip(*states, strict=True))
    }
    return parts | through_time | {"objective": objective.detach()}


def _changed(
    verb: str, cell: Cell, remedy: Remedy, given: Given, step: int, trials: Sequence[int]
) -> Tensors:
    """What `transform` makes of gradients, or `project` of weights."""
    params, grads, *_ = given.of(trials)
    arguments = (grads, params) if verb == "transform" else (params,)
    made = untouched(remedy, verb, getattr(remedy, verb), *arguments, _at(cell, trials, step))
    if differs := alike(made, params):
        raise impure("shape", remedy, verb, more=differs)
    return made


def _solved(remedy: Remedy, trials: Sequence[int]) -> Tensors:
    draw = stream(0, "purity")
    index = torch.tensor([*trials])
    sizes = (SIZES["H"], SIZES["O"])
    features, targets = (
        torch.randn(TRIALS, 32, size, generator=draw, dtype=torch.float64)[index] for size in sizes
    )

    def check(W_out: Tensor, b_out: Tensor) -> Tensor:
        return (features @ W_out.mT + b_out - targets).square().flatten(-2).mean(-1)

    shares = features.new_ones(features.shape[:-1])
    W_out, b_out = untouched(remedy, "solve", remedy.solve, features, targets, shares, check)
    return {"W_out": W_out, "b_out": b_out}


def _mixes(cell: Cell, given: Given, first: Tensors) -> bool:
    """Whether the first sequence notices that all others are a hundred times as large."""
    louder = given._replace(x=given.x * torch.tensor([1.0] + [100.0] * (BATCH - 1))[:, None])
    try:
        return not equal(first, _first_sequence(_pass(cell, Remedy(), louder, range(TRIALS))))
    except Exception:  # training may never meet such inputs
        return False


def _named(state: State) -> Tensors:
    return {f"part {n} of the state": part for n, part in enumerate(state)}


def _first_sequence(found: Tensors) -> Tensors:
    return {name: part[..., :1, :] for name, part in found.items() if name.startswith("state")}
