"""Rows of a stack that go together: neighbors of one remedy, or neighbors whose passes run alike.

A lonely row is taken twice: products of a single matrix take another path through the linear
algebra library and may differ in the last bit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar

import torch
from torch import Tensor

from seqbench.engine.trial import Trial, shared
from seqbench.remedy import Remedy

T = TypeVar("T")  # a structure of tensors: a dictionary, a tuple, one alone


@dataclass(frozen=True)
class Span:
    """Rows from `first` up to `end`, which is not among them, of so many; and their remedy."""

    first: int
    end: int
    of: int
    remedy: Remedy

    @property
    def width(self) -> int:
        """How many rows these are."""
        return self.end - self.first

    @property
    def whole(self) -> bool:
        """Whether these are all rows."""
        return self.width == self.of

    def rows(self, rows: Sequence[T]) -> list[T]:
        """These of what there is one of for every row; of a lonely row two."""
        mine = list(rows[self.first : self.end])
        return mine * 2 if len(mine) == 1 else mine

    def parts(self, most: int) -> "list[Span]":
        """The same as spans of about as many rows each, at most so many (two at least)."""
        count = -(-self.width // max(2, most))
        cuts = [self.first + self.width * n // count for n in range(count + 1)]
        pairs = zip(cuts, cuts[1:], strict=False)
        return [Span(first, end, self.of, self.remedy) for first, end in pairs]

    def take(self, tensors: T) -> T:
        """These rows of all tensors, a lonely one twice: (S, *) each -> (n, *) each"""
        return tensors if self.whole else _mapped(self._some, tensors)

    def _some(self, part: Tensor) -> Tensor:
        mine = part[self.first : self.end]
        return torch.cat([mine, mine]) if len(mine) == 1 else mine


def of_one_remedy(trials: Sequence[Trial]) -> list[Span]:
    """Neighbors whose remedies have the same parts that shape a pass."""
    return _spans(trials, shared)


def of_one_pass(trials: Sequence[Trial], step: int | None = None) -> list[Span]:
    """Neighbors that can go through one pass: all but those whose remedies act by steps.

    step: of an update, where a remedy that looks at the pass, or feeds it, has one of its own, too.
    """

    def apart(whole: Remedy) -> Remedy | None:
        remedy = shared(whole)
        looks = step is not None and (remedy.feeds_apart or remedy.looks_at_the_pass(step))
        estimates = step is not None and "estimate" in remedy.acts_at
        return remedy if looks or estimates or remedy.acts_by_steps else None

    return _spans(trials, apart)


def of_one_actor(trials: Sequence[Trial], verb: str) -> list[Span]:
    """Neighbors of one remedy that acts at this verb, or of such as do not."""
    return _spans(trials, lambda remedy: remedy if verb in remedy.acts_at else None)


def _spans(trials: Sequence[Trial], kind: Callable[[Remedy], Remedy | None]) -> list[Span]:
    found: list[Span] = []
    counts = ((r, len(list(g))) for r, g in groupby(trials, key=attrgetter("remedy")))
    for remedy, group in groupby(counts, key=lambda pair: kind(pair[0])):
        first = found[-1].end if found else 0
        end = first + sum(count for _, count in group)
        found.append(Span(first, end, len(trials), remedy or Remedy()))
    return found


def joined(spans: Sequence[Span], made: Sequence[Any]) -> Any:
    """What was computed of every span, as rows again: (n, *) each -> (S, *)"""
    if len(spans) == 1:
        return made[0]

    def together(*parts: Tensor) -> Tensor:
        return torch.cat([p[: span.width] for span, p in zip(spans, parts, strict=True)])

    return _mapped(together, *made)


def in_rows(tensors: T) -> T:
    """The same numbers, row after row in memory, as whatever is joined: products depend on that."""
    return _mapped(Tensor.contiguous, tensors)


def _mapped(function: Callable[..., Tensor], first: Any, *others: Any) -> Any:
    """A function of the tensors in the same places of structures; as torch's own, but quicker."""
    if isinstance(first, Tensor):
        return function(first, *others)
    if isinstance(first, dict):
        return {k: _mapped(function, part, *(z[k] for z in others)) for k, part in first.items()}
    made = (_mapped(function, *parts) for parts in zip(first, *others, strict=True))
    return type(first)(*made) if hasattr(first, "_fields") else type(first)(made)
