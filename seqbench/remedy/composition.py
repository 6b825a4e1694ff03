"""Several remedies at once: `a + b`.

Transforms and projections happen in order, penalties add, the last `solve` wins, the first
objection wins.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.remedy import VERBS, At, Check, Remedy, Rollout, Trajectory
from seqbench.task import Task

FIRST = 64  # updates; a remedy that looks at a pass now and then does so in them
TRAINED = {
    "penalize",
    "estimate",
    "transform",
    "project",
    "remember",
}  # verbs that only training by gradient meets


@dataclass(frozen=True, kw_only=True)
class Composition(Remedy):
    """Remedies that act together; `compose` makes it."""

    members: tuple[Remedy, ...]

    @property
    def alone(self) -> bool:  # type: ignore[override]
        return any(part.alone for part in self.members)

    @property
    def acts_at(self) -> tuple[str, ...]:
        return tuple(v for v in VERBS if any(v in part.acts_at for part in self.members))

    def looks_at_the_pass(self, step: int) -> bool:
        return any(part.looks_at_the_pass(step) for part in self.members)

    @property
    def feeds_back(self) -> bool:
        return any(part.feeds_back for part in self.members)

    @property
    def feeds_apart(self) -> bool:
        return any(part.feeds_apart for part in self.members)

    @property
    def parts(self) -> tuple[Remedy, ...]:
        return self.members

    def frozen(self, cell: Cell) -> set[str]:
        return set[str]().union(*(part.frozen(cell) for part in self.members))

    def suits(self, cell: Cell, task: Task) -> str | None:
        objections = (part.suits(cell, task) for part in self.members)
        return next(filter(None, objections), None) or self._contradicts()

    def _contradicts(self) -> str | None:
        """The objection to parts of which one makes the other mean nothing."""
        verbs = [set(part.acts_at) for part in self.members]
        if "solve" in self.acts_at and any(map(_only_updates, self.members)):
            return "The readout is solved, not trained, so one part has nothing to act on."
        if sum("reparametrize" in v for v in verbs) > 1:
            return "Two parametrizations of the same weights exclude each other."
        if {"reparametrize", "project"} <= set(self.acts_at):
            return "What is projected are the trained numbers, not the matrix that is made of them."
        if self.feeds_back and (objection := self._hears()):
            return objection
        if "estimate" in self.acts_at:
            return self._disturbs()
        return None

    def _hears(self) -> str | None:
        """The objection to what does not go together with reading what was said."""
        if sum(part.feeds_back for part in self.members) > 1:
            return "Two shares of what the network has said exclude each other."
        if any(self.looks_at_the_pass(step) for step in range(FIRST)):
            return "What looks at the pass knows the task's inputs, not what the network has said."
        return None

    def _disturbs(self) -> str | None:
        """The objection to what acts on a way back that an estimate does without."""
        others = [part for part in self.members if "estimate" not in part.acts_at]
        if len(others) < len(self.members) - 1:
            return "Two estimates of the same gradient exclude each other."
        if {"advance", "carry"} & set(self.acts_at) or self.feeds_back:
            return "The gradient is estimated from the cell's own step: nothing acts between steps."
        if any(part.looks_at_the_pass(step) for part in others for step in range(FIRST)):
            return "A penalty on states or their gradients goes back through time itself."
        return None

    def initialize(self, params: Tensors, at: At) -> Tensors:
        for part in self.members:
            params = part.initialize(params, at.of(part))
        return params

    def reparametrize(self, params: Tensors, at: At) -> Tensors:
        for part in self.members:
            params = part.reparametrize(params, at.of(part))
        return params

    def feed(self, x: Tensor, first: int, at: At) -> Tensor:
        for part in self.members:
            x = part.feed(x, first, at)
        return x

    def shorter(self, length: int, step: int | Tensor) -> int:
        for part in self.members:
            length = part.shorter(length, step)
        return length

    def feedback(self, x: Tensor, at: At) -> Tensor | None:
        shares = (part.feedback(x, at.of(part)) for part in self.members if part.feeds_back)
        return next(shares, None)

    @property
    def lookback(self) -> int:
        return max(part.lookback for part in self.members)

    def advance(self, past: Sequence[State], new: State, at: At) -> State:
        for part in self.members:
            new = part.advance(past, new, at)
        return new

    def carry(self, past: State, new: State, left: int, at: At) -> State:
        for part in self.members:
            new = part.carry(past, new, left, at)
        return new

    def bound(self, left: int) -> float | None:
        limits = [part.bound(left) for part in self.members if "carry" in part.acts_at]
        known = [limit for limit in limits if limit is not None]
        return min(known) if limits and len(known) == len(limits) else None

    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor | None:
        penalties = [part.penalize(params, trajectory, at.of(part)) for part in self.members]
        some = [penalty for penalty in penalties if penalty is not None]
        return sum(some[1:], start=some[0]) if some else None

    def estimate(self, rollout: Rollout, at: At) -> Tensors:
        (part,) = (part for part in self.members if "estimate" in part.acts_at)
        return part.estimate(rollout, at.of(part))

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        for part in self.members:
            grads = part.transform(grads, params, at.of(part))
        return grads

    def project(self, params: Tensors, at: At) -> Tensors:
        for part in self.members:
            params = part.project(params, at.of(part))
        return params

    def solve(
        self, features: Tensor, targets: Tensor, weights: Tensor, check: Check
    ) -> tuple[Tensor, Tensor]:
        solvers = [part for part in self.members if "solve" in part.acts_at]
        return solvers[-1].solve(features, targets, weights, check)


def _only_updates(part: Remedy) -> bool:
    """Whether a remedy acts in training by gradient only."""
    verbs = set(part.acts_at)
    if "remember" in verbs:
        return True
    return verbs <= TRAINED or (part.feeds_apart and verbs <= TRAINED | {"feed"})


def compose(*parts: Remedy) -> Remedy:
    """One remedy out of several; what does nothing is left out."""
    members = tuple(member for part in parts for member in part.parts)
    if len(members) == 1:
        return members[0]
    return Composition(members=members) if members else Remedy()
