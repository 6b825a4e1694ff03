"""A short pass with a remedy around a cell, in which every verb's result is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.engine.passes.batch_padding import pad_state, repeated
from seqbench.engine.passes.unroll import readout, unroll
from seqbench.engine.purity.experiment import untouched
from seqbench.engine.purity.given import Given
from seqbench.engine.rules import alike, impure
from seqbench.engine.streams import CPU, RowNoise
from seqbench.remedy import At, Noise, Remedy, Trajectory


@dataclass(frozen=True)
class Place:
    """Where in training: updates done before, the task's lag; still: noise is the same number."""

    step: int = 0
    lag: int = 20
    training: bool = True
    still: bool = False

    def at(self, cell: Cell, trials: Sequence[int], memory: Tensors | None = None) -> At:
        """The same for a verb, with the noise of these trials, and what they remember."""
        noise: Noise = RowNoise(trials, "purity", self.step, CPU)
        noise = Still(len(trials)) if self.still else noise
        return At(cell, self.step, noise, self.lag, self.training, memory or {})


@dataclass(frozen=True)
class Still:
    """Noise that does not depend on how many sequences there are."""

    trials: int

    def normal(self, *shape: int) -> Tensor:
        """0.3 everywhere: (S, *shape)"""
        return torch.full((self.trials, *shape), 0.3)

    uniform = held = fixed = normal


@dataclass(frozen=True, kw_only=True)
class Guarded(Remedy):
    """A remedy whose verbs at every step write into nothing that they are given."""

    inner: Remedy

    @property
    def acts_at(self) -> tuple[str, ...]:
        return self.inner.acts_at

    @property
    def lookback(self) -> int:
        return self.inner.lookback

    def advance(self, past: Sequence[State], new: State, at: At) -> State:
        return self._like(new, "advance", past, new, at)

    def carry(self, past: State, new: State, left: int, at: At) -> State:
        return self._like(new, "carry", past, new, left, at)

    def _like(self, new: State, verb: str, *given: object) -> State:
        made: State = untouched(self.inner, verb, getattr(self.inner, verb), *given)
        if differs := alike(made, new):
            raise impure("shape", self.inner, verb, more=differs)
        return made


@torch.enable_grad()
def passed(
    cell: Cell, remedy: Remedy, given: Given, place: Place, trials: Sequence[int]
) -> Tensors:
    """States, losses and gradients of a short pass, with what the remedy makes of it.

    Raises:
        Impure: a verb gives another form than it must, or writes into what it is given.
    """
    params, _, x, start, padding, memory = given.of(trials)
    at, sequences = place.at(cell, trials, memory), x.shape[-2]
    leaves = {name: part.requires_grad_() for name, part in params.items()}
    weights = untouched(remedy, "reparametrize", remedy.reparametrize, leaves, at)
    if differs := alike(weights, leaves):
        raise impure("shape", remedy, "reparametrize", more=differs)
    x, fed = _fed(remedy, x, at)
    x = repeated(x, sequences + padding).requires_grad_()
    begin = pad_state(start, sequences + padding) or None
    states = unroll(cell, weights, x, Guarded(inner=remedy), at, tap=True, start=begin)
    said = readout(weights, states[-1][0][..., :sequences, :])
    loss = said.square().flatten(-2).mean(-1)
    looks, asked = remedy.looks_at_the_pass(place.step), list[Tensor]()
    loss.register_hook(asked.append)
    seen = Trajectory(states if looks else [], loss, x, sequences)
    penalty = _penalty(remedy, weights, seen, at)
    if asked and not looks:
        raise impure("looks", remedy, "penalize")
    objective = loss if penalty is None else loss + penalty
    slopes = torch.autograd.grad(objective.sum(), [*leaves.values()], materialize_grads=True)
    parts = {f"gradient of {name}": slope for name, slope in zip(leaves, slopes, strict=True)}
    through_time = {
        f"state {n}": torch.stack(part, 1).detach()[..., :sequences, :]
        for n, part in enumerate(zip(*states, strict=True))
    }
    return parts | through_time | fed | {"objective": objective.detach()}


def _fed(remedy: Remedy, x: Tensor, at: At) -> tuple[Tensor, Tensors]:
    """What the steps read, and the share of it that the network has said."""
    made = untouched(remedy, "feed", remedy.feed, x, 0, at)
    if differs := alike({"it": made}, {"it": x}):
        raise impure("shape", remedy, "feed", more=differs)
    shares = untouched(remedy, "feedback", remedy.feedback, x, at)
    if shares is None:
        return made, {}
    if differs := alike({"it": shares}, {"it": x[..., :1]}):
        raise impure("shape", remedy, "feedback", more=differs)
    return made, {"state fed back": shares}


def _penalty(remedy: Remedy, weights: Tensors, seen: Trajectory, at: At) -> Tensor | None:
    penalty = untouched(remedy, "penalize", remedy.penalize, weights, seen, at)
    if penalty is not None and (differs := alike({"it": penalty}, {"it": seen.loss})):
        raise impure("shape", remedy, "penalize", more=differs)
    return penalty
