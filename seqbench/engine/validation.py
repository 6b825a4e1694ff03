"""Validation while training goes on: the learning curves, and the best weights so far."""

import torch

from seqbench.engine.probes import finite
from seqbench.engine.scoring.evaluate import evaluate
from seqbench.engine.source import Source
from seqbench.engine.stack import Stack, where
from seqbench.task import Task


def better(task: Task, score: float | None, than: float | None) -> bool:
    """Whether a score beats another; one that is not finite (None) never does."""
    if score is None or than is None:
        return score is not None
    return score > than if task.larger_is_better else score < than


def validate(stack: Stack, source: Source, task: Task, since: int) -> None:
    """Validate every row, add to its curves, and keep its weights where they are its best.

    `since` is the number of updates done at the last validation: training quantities are medians
    over the updates after it.
    """
    loss, score, _ = evaluate(stack.forward("valid"), task, source.valid)
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
