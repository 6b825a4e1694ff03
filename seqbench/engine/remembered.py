"""What remedies remember from one update to the next: rows of the stack like all that it keeps.

key(remedy, name) -> (S, a, b)      rows of trials with other remedies are 0
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import torch

from seqbench.axes import Tensors
from seqbench.engine.faults import blamed
from seqbench.engine.rules import alike, impure
from seqbench.engine.spans import Span, of_one_actor
from seqbench.remedy import Remedy, key

if TYPE_CHECKING:
    from seqbench.engine.stack import Stack


def _remembering(remedy: Remedy) -> list[Remedy]:
    return [part for part in remedy.parts if "remember" in part.acts_at]


def begun(remedies: Sequence[Remedy], params: Tensors) -> Tensors:
    """Before the first update: of these remedies, one per row of the weights (S, a, b).

    Raises:
        Faulty: a remedy raises, or gives what has not two axes, or another form in another trial.
    """
    memory, forms = Tensors(), dict[Remedy, Tensors]()
    device = next(iter(params.values())).device
    for row, remedy in enumerate(remedies):
        for part in _remembering(remedy):
            with blamed(part):
                made = part.first_memory({name: weight[row] for name, weight in params.items()})
                if bad := ", ".join(name for name, kept in made.items() if kept.ndim != 2):
                    raise impure("shape", part, "first_memory", more=f"{bad}: not two axes")
                if differs := alike(made, forms.setdefault(part, made)):
                    raise impure("shape", part, "first_memory", more=differs)
            for name, kept in made.items():
                blank = kept.new_zeros(len(remedies), *kept.shape)
                memory.setdefault(key(part, name), blank.to(device))[row] = kept
    return memory


def remembered(stack: Stack, grads: Tensors, params: Tensors) -> Tensors:
    """At the end of an update. grads: as the backward pass gave them; params: those that are kept.

    Raises:
        Faulty: a remedy raises, or changes names, shapes or types.
    """
    memory = dict(stack.tensors.memory)
    for span in of_one_actor(stack.trials, "remember") if memory else ():
        place = stack.at("remember", span.rows(range(len(stack.trials))))
        kept = span.take(params)
        for part, given in _given(stack, span, span.take(grads)):
            at = place.of(part)
            with blamed(part):
                made = part.remember(given, kept, at)
                if differs := alike(made, at.memory):
                    raise impure("shape", part, "remember", more=differs)
            for name, rows in made.items():
                old = memory[key(part, name)]
                pieces = [old[: span.first], rows[: span.width], old[span.end :]]
                memory[key(part, name)] = torch.cat(pieces)
    return memory


def _given(stack: Stack, span: Span, grads: Tensors) -> Iterator[tuple[Remedy, Tensors]]:
    """The parts that remember, each with the gradients that its own `transform` got."""
    parts, before, changed = span.remedy.parts, span.take(stack.params), grads
    place = stack.at("transform", span.rows(range(len(stack.trials))))
    both = [{"transform", "remember"} <= {*part.acts_at} for part in parts]
    for n, part in enumerate(parts):
        if "remember" in part.acts_at:
            yield part, changed if both[n] else grads
        if "transform" in part.acts_at and any(both[n + 1 :]):
            with blamed(part):
                changed = part.transform(changed, before, place.of(part))
