"""Scores on held-out sequences: validation while training goes on, test once."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.engine.passes.choose import Passes
from seqbench.engine.passes.unroll import outputs
from seqbench.engine.passes.windows import whole, windows
from seqbench.engine.probes import finite
from seqbench.engine.source import Source
from seqbench.engine.stack import Stack, where
from seqbench.engine.surroundings import entering, feeding, heard
from seqbench.remedy import At, Remedy
from seqbench.task import Batch, Task

CHUNK = 256  # sequences evaluated at once: memory stays bounded however many there are


class Scores(NamedTuple):
    """Each (S,): loss, metric, and other metrics by name."""

    loss: Tensor
    score: Tensor
    measures: Tensors


@torch.no_grad()
def evaluate(
    passes: Passes,
    params: Tensors,
    remedy: Remedy,
    task: Task,
    batch: Batch,
    at: At,
    *,
    measured: bool = False,
) -> Scores:
    """Scores of every row of a stack on the same sequences; if `measured`, with other metrics.

    Means over pieces, weighted by their sequences or, where these differ in length, by the answers
    that count; where the loss is not finite, no metric is a number either (an argmax would make one
    up).
    """
    weights = remedy.reparametrize(params, at)
    width = len(params["W_out"])
    sums: Tensors = {}
    counts: dict[str, Tensor | int] = {}
    said: list[Tensor] = []
    state: State | None = None
    for piece in _pieces(task, batch, passes.batch):
        some = piece.map(lambda part: part.expand(width, *part.shape))
        x = entering(at.cell, weights, some)
        feed = feeding(at.cell, weights, task, some) if task.generates else None
        start = state if task.carries else None
        h, state = passes.hidden(at.cell, weights, x, remedy, at, task.asked, feed, start)
        answer = outputs(weights, heard(at.cell, h, some))
        shares = _share(task, piece, piece.mask), _share(task, piece, piece.scored, piece.mask)
        found = {"loss": task.loss(answer, some)}
        if measured:
            found |= task.measures(answer, some)
        if task.pooled:
            said.append(task.decide(answer))
        else:
            found["score"] = task.score(answer, some)
        for name, value in found.items():
            share = shares[name != "loss"]
            sums[name] = share * value + sums.get(name, 0)
            counts[name] = counts.get(name, 0) + share
    means = {name: sums[name] / counts[name] for name in sums}
    if task.pooled:
        means["score"] = task.judge(torch.cat(said, -1), batch)
    loss = means.pop("loss")
    means = {name: torch.where(loss.isfinite(), mean, torch.nan) for name, mean in means.items()}
    return Scores(loss, means.pop("score"), means)


def _pieces(task: Task, batch: Batch, count: int) -> Iterator[Batch]:
    if task.carries:
        yield from windows(whole(batch, count), task.window)
    else:
        for start in range(0, len(batch), CHUNK):
            yield batch.pick(slice(start, start + CHUNK))


def _share(task: Task, piece: Batch, *weights: Tensor | None) -> Tensor | int:
    """The weight of a piece in a mean: by the first weights of answers that there are."""
    if not task.variable and not task.carries:
        return len(piece)
    found = next((weight for weight in weights if weight is not None), None)
    return len(piece) if found is None else found.sum()


def better(task: Task, score: float | None, than: float | None) -> bool:
    """Whether a score beats another; one that is not finite (None) never does."""
    if score is None or than is None:
        return score is not None
    return score > than if task.larger_is_better else score < than


def assess(stack: Stack, source: Source, task: Task, since: int) -> None:
    """Validate every row, add to its curves, and keep its weights where they are its best.

    `since` is the number of updates done at the last assessment: training quantities are medians
    over the updates after it.
    """
    loss, score, _ = evaluate(
        stack.passes, stack.params, stack.shared(), task, source.valid, stack.at("valid")
    )
    recent = torch.stack(stack.history[since:]) if stack.history else None  # (updates, S, HISTORY)
    medians = [] if recent is None else recent.median(0).values.tolist()
    peaks = [] if recent is None else recent[..., 1].amax(0).tolist()
    improved = []
    for row, (row_loss, row_score) in enumerate(zip(loss.tolist(), score.tolist(), strict=True)):
        points = {("valid", "loss"): row_loss, ("valid", "score"): row_score}
        if medians:
            points |= {("train", "loss"): medians[row][0], ("train", "grad_norm"): medians[row][1]}
            points["train", "grad_norm_max"] = peaks[row]
        if (plain := finite(row_score)) is not None:
            points["valid", "skill"] = task.skill(plain)
        stack.curves[row] += [(stack.done, *key, finite(v)) for key, v in points.items()]
        improved.append(better(task, plain, stack.best_score[row]))
        stack.best_score[row] = plain if improved[-1] else stack.best_score[row]
    flag = torch.tensor(improved, device=stack.device)
    stack.best = {k: where(flag, p, stack.best[k]) for k, p in stack.params.items()}
