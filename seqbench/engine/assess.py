"""Scores on held-out sequences: validation while training goes on, test once."""

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.engine.passes import Passes
from seqbench.engine.probes import finite
from seqbench.engine.source import Source
from seqbench.engine.stack import Stack, where
from seqbench.engine.unroll import outputs
from seqbench.remedy import At, Remedy
from seqbench.task import Batch, Task

CHUNK = 256  # sequences evaluated at once: memory stays bounded however many there are


@torch.no_grad()
def evaluate(
    passes: Passes, params: Tensors, remedy: Remedy, task: Task, batch: Batch, at: At
) -> tuple[Tensor, Tensor]:
    """Loss and metric of every row of a stack on the same sequences: (S,), (S,)

    Both are means over chunks, weighted by their sequences; where the loss is not finite, the
    metric is not a number either (an argmax would make one up).
    """
    weights = remedy.reparametrize(params, at)
    feed = task.feed if task.generates else None
    width, n = len(params["W_out"]), len(batch)
    sums = params["W_out"].new_zeros(2, width)
    for start in range(0, n, CHUNK):
        some = batch.pick(slice(start, start + CHUNK))
        some = some.map(lambda part: part.expand(width, *part.shape))
        h = passes.hidden(at.cell, weights, some.x, remedy, at, task.asked, feed)
        said = outputs(weights, h)
        sums = sums + len(some) * torch.stack([task.loss(said, some), task.score(said, some)])
    loss, score = sums / n
    return loss, torch.where(loss.isfinite(), score, torch.nan)


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
    loss, score = evaluate(
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
