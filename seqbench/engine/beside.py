"""Remedies beside each other in one pass, each on rows of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import inf
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.engine.faults import blamed
from seqbench.engine.rules import alike, impure
from seqbench.engine.spans import Span, in_rows, joined
from seqbench.engine.streams import RowNoise
from seqbench.remedy import VERBS, At, Remedy, Rollout, Trajectory

T = TypeVar("T", Tensors, State)


class Member(NamedTuple):
    """A remedy, the rows at which it acts, and where in training these are, with their noise."""

    span: Span
    remedy: Remedy
    at: At


@dataclass(frozen=True, kw_only=True)
class Beside(Remedy):
    """Every member acts on its own rows; what goes wrong there is that member's fault.

    The `at` of all rows is passed over in favor of each member's own.
    """

    members: tuple[Member, ...]

    def __post_init__(self) -> None:
        """The members have checked their own knobs."""

    @property
    def acts_at(self) -> tuple[str, ...]:
        return tuple(v for v in VERBS if any(v in member.remedy.acts_at for member in self.members))

    @property
    def lookback(self) -> int:
        return max((member.remedy.lookback for member in self.members), default=1)

    @property
    def acts_by_steps(self) -> bool:
        return any(member.remedy.acts_by_steps for member in self.members)

    @property
    def feeds_back(self) -> bool:
        return any(member.remedy.feeds_back for member in self.members)

    @property
    def feeds_apart(self) -> bool:
        return any(member.remedy.feeds_apart for member in self.members)

    @property
    def noise(self) -> RowNoise:
        """The noise of the one remedy of all rows."""
        (member,) = self.members
        assert isinstance(member.at.noise, RowNoise)
        return member.at.noise

    @property
    def acting(self) -> tuple[Remedy, ...]:
        """The parts of the one remedy of all rows."""
        (member,) = self.members
        return member.remedy.parts

    def during(self, place: Callable[[At], At]) -> "Beside":
        """The same, with every member somewhere else."""
        return Beside(members=tuple(m._replace(at=place(m.at)) for m in self.members))

    def reparametrize(self, params: Tensors, at: At) -> Tensors:
        return self._each("reparametrize", params)

    def feed(self, x: Tensor, first: int, at: At) -> Tensor:
        if "feed" not in self.acts_at:
            return x
        made = [self._fed(member, member.span.take(x), first) for member in self.members]
        return joined([member.span for member in self.members], made)

    @staticmethod
    def _fed(member: Member, x: Tensor, first: int) -> Tensor:
        at = replace(member.at, memory={})
        for part in member.remedy.parts:
            if "feed" in part.acts_at:
                with blamed(part):
                    made = part.feed(x, first, at)
                    if differs := alike({"it": made}, {"it": x}):
                        raise impure("shape", part, "feed", more=differs)
                x = in_rows(made)
        return x

    def feedback(self, x: Tensor, at: At) -> Tensor | None:
        """Of the one remedy of all rows."""
        if not self.feeds_back:
            return None
        (member,) = self.members
        with blamed(member.remedy):
            made = member.remedy.feedback(x, replace(member.at, memory={}))
            if made is not None and (differs := alike({"it": made}, {"it": x[..., :1]})):
                raise impure("shape", member.remedy, "feedback", more=differs)
        return made

    def advance(self, past: Sequence[State], new: State, at: At) -> State:
        return self._each("advance", new, before=(list(past),))

    def carry(self, past: State, new: State, left: int, at: At) -> State:
        return self._each("carry", new, before=(past,), behind=(left,))

    def _each(
        self, verb: str, given: T, before: tuple[Any, ...] = (), behind: tuple[Any, ...] = ()
    ) -> T:
        if verb not in self.acts_at:
            return given
        made = [
            self.made(verb, member, member.span.take(given), member.span.take(before), behind)
            for member in self.members
        ]
        return joined([member.span for member in self.members], made)

    @staticmethod
    def made(
        verb: str,
        member: Member,
        mine: T,
        past: tuple[Any, ...] = (),
        behind: tuple[Any, ...] = (),
    ) -> T:
        """What the parts of a member make, one after the other, of what is given for its rows."""
        for part in member.remedy.parts:
            if verb not in part.acts_at:
                continue
            at = member.at.of(part) if verb == "reparametrize" else replace(member.at, memory={})
            with blamed(part):
                made = getattr(part, verb)(*past, mine, *behind, at)
                if differs := alike(made, mine):
                    raise impure("shape", part, verb, more=differs)
            mine = in_rows(made)
        return mine

    def bounds(self, steps: int, like: Tensor) -> Tensor | None:
        """The bound on what each step of each row gets handed back: (S, T); None: there is none."""
        if "carry" not in self.acts_at:
            return None
        rows = [
            like.new_tensor(_bounds(member.remedy, steps)).expand(member.span.width, steps)
            for member in self.members
        ]
        return torch.cat(rows)  # (S, T), one after the other in memory

    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor | None:
        """Of rows that look at nothing but weights, or of one member alone."""
        found = [self._penalty(member, params, trajectory) for member in self.members]
        if all(penalty is None for penalty in found):
            return None
        spans = [member.span for member in self.members]
        nothing = torch.zeros_like(trajectory.loss)
        pairs = zip(spans, found, strict=True)
        return joined(spans, [s.take(nothing) if made is None else made for s, made in pairs])

    @staticmethod
    def _penalty(member: Member, params: Tensors, seen: Trajectory) -> Tensor | None:
        span, remedy = member.span, member.remedy
        if "penalize" not in remedy.acts_at:
            return None
        if not span.whole:
            assert not seen.states, "the way through a state of some rows is not the one of all"
            seen = Trajectory([], span.take(seen.loss), span.take(seen.x), seen.sequences)
        with blamed(remedy):
            return remedy.penalize(span.take(params), seen, member.at.of(remedy))

    def estimate(self, rollout: Rollout, at: At) -> Tensors:
        """Of the one remedy of all rows."""
        (member,) = self.members
        with blamed(member.remedy):
            made = member.remedy.estimate(rollout, member.at.of(member.remedy))
            if differs := alike(made, rollout.params):
                raise impure("shape", member.remedy, "estimate", more=differs)
        return made


@cache
def _bounds(remedy: Remedy, steps: int) -> list[float]:
    """The bound on what each step gets handed back, the last one nothing."""
    if "carry" not in remedy.acts_at:
        return [inf] * steps
    lefts = range(steps - 1, 0, -1)
    for part in remedy.parts:
        if 0 < [part.bound(left) for left in lefts].count(None) < len(lefts):
            with blamed(part):
                raise impure("bound", part, "bound")
    bounds = [remedy.bound(left) for left in lefts]
    return [*(inf if bound is None else bound for bound in bounds), inf]


def stepwise(remedy: Remedy, at: At, steps: int) -> Callable[[int], tuple[Remedy, At]]:
    """A remedy and where it is, at every step of a pass: with that step's noise."""
    if not {"advance", "carry"} & {*remedy.acts_at}:
        return lambda t: (remedy, at)
    through = cache(RowNoise.through)

    def there(t: int) -> tuple[Remedy, At]:
        def moved(place: At) -> At:
            if not isinstance(place.noise, RowNoise):
                return place
            return replace(place, noise=through(place.noise, steps).at(t))

        return remedy.during(moved) if isinstance(remedy, Beside) else remedy, moved(at)

    return there
