"""Scores on held-out sequences: loss, metric, and what else people report."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from seqbench import watchdog
from seqbench.axes import State, Tensors
from seqbench.engine.held_out import HeldOut
from seqbench.engine.passes.forward import Forward
from seqbench.engine.passes.windows import whole, windows
from seqbench.engine.scoring.means import Means
from seqbench.engine.spans import Span, joined
from seqbench.task import Batch, Task
from seqbench.task.pooled import Pooled
from seqbench.task.speaking import Speaking

CHUNK = 256  # sequences evaluated at once: memory stays bounded however many there are
ROOM = 2**22  # numbers that a readout gives at once, likewise however many trials there are


class Scores(NamedTuple):
    """Each (S,): loss, metric, and other metrics by name."""

    loss: Tensor
    score: Tensor
    measures: Tensors


def scores(forwards: Iterable[tuple[Span, Forward]], task: Task, held: HeldOut) -> Scores:
    """Scores of every row of a stack, whose passes run in these ways."""
    found = [(span, evaluate(forward, task, held.of(span))) for span, forward in forwards]
    return joined([span for span, _ in found], [made for _, made in found])


def rows_at_once(task: Task, held: HeldOut) -> int:
    """How many rows of a stack are best evaluated at once: by what their readouts give."""
    sequences = CHUNK if task.reading.carries else min(len(held), CHUNK)
    steps = held.steps if task.asked == "every" else 1
    return ROOM // (sequences * min(steps, task.reading.window or steps) * task.outputs)


@torch.no_grad()
def evaluate(forward: Forward, task: Task, held: HeldOut, *, measured: bool = False) -> Scores:
    """Scores of every row of a stack; if `measured`, with other metrics.

    What is held out is read in pieces, and the numbers are those of all of it; where the
    loss is not finite, no metric is a number either (an argmax would make one up).
    """
    means, decisions = Means(task, held), list[Tensor]()
    state: State = ()
    for piece in _pieces(task, held, forward.passes.batch):
        watchdog.beat()
        some = piece if held.rows else piece.map(lambda z: z.expand(forward.trials, *z.shape))
        feed = forward.feed(task, some) if isinstance(task, Speaking) and task.generates else None
        start = state if task.reading.carries else ()
        seen = forward.run(some, task.asked, feed=feed, start=start)
        outputs, state = forward.outputs(seen.features), seen.last
        values = {"loss": task.loss(outputs, some)}
        if measured:
            values |= task.measures(outputs, some)
        if isinstance(task, Pooled):
            decisions.append(task.decide(outputs, some))
        else:
            values["score"] = task.score(outputs, some)
        means.add(piece, values)
    found = means.taken()
    if isinstance(task, Pooled):
        said = _together(task, decisions, held)
        found = (held.each(said, task.others) if measured else {}) | found
        found |= held.each(said, lambda *z: {"score": task.judge(*z)})
    loss = found.pop("loss")
    found = {name: torch.where(loss.isfinite(), mean, torch.nan) for name, mean in found.items()}
    return Scores(loss, found.pop("score"), found)


def _pieces(task: Task, held: HeldOut, streams: int) -> Iterator[Batch]:
    if task.reading.carries:
        return windows(whole(held.parts[0], streams), task.reading.window)
    return held.pieces(CHUNK)


def _together(task: Task, decisions: list[Tensor], held: HeldOut) -> Tensor:
    """What was decided of all pieces, in the order of the batch: (S, A, B)"""
    if not task.reading.carries:
        return torch.cat(decisions, -1)
    streams = torch.cat(decisions, -2)  # `whole`, undone
    return streams.mT.flatten(-2)[..., : len(held.parts[0].y), None]
