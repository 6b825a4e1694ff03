"""The weights that the equation sees, made of those that are trained, and the way back.

A pass goes back to the weights that the equation sees. From there every remedy that makes weights
goes back by itself, on rows of its own: so these share their pass with all others, and what the
making takes is their own cost.
"""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.engine.beside import Beside, Member
from seqbench.engine.spans import Span, joined
from seqbench.engine.stack import Stack
from seqbench.remedy import At


class _Way(NamedTuple):
    """Of one member: the trained weights of its rows, and what it made of them."""

    member: Member
    trained: Tensors
    made: Tensors


class Made:
    """Makes the weights of a span of a stack, each a leaf, and knows the way back."""

    def __init__(self, stack: Stack, span: Span) -> None:
        self.stack, self.span = stack, span

    def __call__(self, remedy: Beside, params: Tensors, at: At) -> Tensors:
        """What the equation sees of these weights: (n, a, b) each."""
        acts = "reparametrize" in remedy.acts_at
        self.ways = [self._way(member, params) for member in remedy.members if acts]
        spans = [way.member.span for way in self.ways]
        made = joined(spans, [way.made for way in self.ways]) if acts else params
        self.weights = _leaves(made)
        return self.weights

    def _way(self, member: Member, params: Tensors) -> _Way:
        mine = member.span.take(params)
        if "reparametrize" not in member.remedy.acts_at:
            return _Way(member, mine, mine)
        with self.stack.timed(self._rows(member)):
            trained = _leaves(mine)
            return _Way(member, trained, Beside.made("reparametrize", member, trained))

    def back(self, slopes: Iterable[Tensor]) -> Tensors:
        """Gradients with respect to the trained weights, of those with respect to `weights`."""
        given = dict(zip(self.weights, slopes, strict=True))
        if not self.ways:
            return given
        pieces = [self._back(way, way.member.span.take(given)) for way in self.ways]
        return joined([way.member.span for way in self.ways], pieces)

    def _back(self, way: _Way, slopes: Tensors) -> Tensors:
        if way.made is way.trained:
            return slopes
        with self.stack.timed(self._rows(way.member)):
            ends = {name: made for name, made in way.made.items() if made.requires_grad}
            values = torch.autograd.grad(
                list(ends.values()),
                list(way.trained.values()),
                [slopes[name] for name in ends],
                materialize_grads=True,
            )
        return dict(zip(way.trained, values, strict=True))

    def _rows(self, member: Member) -> Span:
        """Its rows in the whole stack."""
        first, last = (self.span.first + n for n in (member.span.first, member.span.end))
        return Span(first, min(last, self.span.end), self.span.of, member.remedy)


def _leaves(weights: Tensors) -> Tensors:
    return {name: weight.detach().requires_grad_() for name, weight in weights.items()}
