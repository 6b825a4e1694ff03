"""Scores on held-out sequences: loss, metric, and what else people report."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from seqbench import watchdog
from seqbench.axes import State, Tensors
from seqbench.engine.passes.forward import Forward
from seqbench.engine.passes.windows import whole, windows
from seqbench.task import Batch, Task
from seqbench.task.pooled import Pooled
from seqbench.task.speaking import Speaking

CHUNK = 256  # sequences evaluated at once: memory stays bounded however many there are


class Scores(NamedTuple):
    """Each (S,): loss, metric, and other metrics by name."""

    loss: Tensor
    score: Tensor
    measures: Tensors


@torch.no_grad()
def evaluate(forward: Forward, task: Task, batch: Batch, *, measured: bool = False) -> Scores:
    """Scores of every row of a stack on the same sequences; if `measured`, with other metrics.

    batch: x (T, B, raw). Means over pieces, weighted by their sequences with an answer that counts
    or, where these differ in length, by the answers that count; where the loss is not finite, no
    metric is a number either (an argmax would make one up).
    """
    sums: Tensors = {}
    counts: dict[str, Tensor | int] = {}
    decisions: list[Tensor] = []
    state: State = ()
    for piece in _pieces(task, batch, forward.passes.batch):
        watchdog.beat()
        some = piece.map(lambda part: part.expand(forward.trials, *part.shape))
        feed = forward.feed(task, some) if isinstance(task, Speaking) and task.generates else None
        start = state if task.reading.carries else ()
        seen = forward.run(some, task.asked, feed=feed, start=start)
        outputs, state = forward.outputs(seen.features), seen.last
        values = {"loss": task.loss(outputs, some)}
        if measured:
            values |= task.measures(outputs, some)
        if isinstance(task, Pooled):
            decisions.append(task.decide(outputs))
        else:
            values["score"] = task.score(outputs, some)
        shares = _share(task, piece, piece.mask), _share(task, piece, piece.scored, piece.mask)
        for name, value in values.items():
            share = shares[name != "loss"]
            if isinstance(share, Tensor):  # nothing, be it NaN, where no answer counts
                value = torch.where(share == 0, 0, value)
            sums[name] = share * value + sums.get(name, 0)
            counts[name] = counts.get(name, 0) + share
    means = {name: sums[name] / counts[name] for name in sums}
    if isinstance(task, Pooled):
        means["score"] = task.judge(_together(task, decisions, batch), batch)
    loss = means.pop("loss")
    means = {name: torch.where(loss.isfinite(), mean, torch.nan) for name, mean in means.items()}
    return Scores(loss, means.pop("score"), means)


def _pieces(task: Task, batch: Batch, streams: int) -> Iterator[Batch]:
    if task.reading.carries:
        yield from windows(whole(batch, streams), task.reading.window)
    else:
        for start in range(0, len(batch), CHUNK):
            yield batch.pick(slice(start, start + CHUNK))


def _together(task: Task, decisions: list[Tensor], batch: Batch) -> Tensor:
    """What was decided of all pieces, in the order of the batch: (S, A, B)"""
    if not task.reading.carries:
        return torch.cat(decisions, -1)
    streams = torch.cat(decisions, -2)  # `whole`, undone
    return streams.mT.flatten(-2)[..., : len(batch.y), None]


def _share(task: Task, piece: Batch, *weights: Tensor | None) -> Tensor | int:
    """The weight of a piece in a mean: by the first weights of answers that there are."""
    known = next((weight for weight in weights if weight is not None), None)
    if known is None:
        return len(piece)
    alike = not task.reading.variable and not task.reading.carries
    return (known > 0).any(-2).sum() if alike else known.sum()
