"""Validation while training goes on: the learning curves, and the best weights so far."""

import torch

from seqbench.engine.probes import finite
from seqbench.engine.scoring.evaluate import rows_at_once, scores
from seqbench.engine.source import Source
from seqbench.engine.stack import Stack
from seqbench.engine.tensors import where
from seqbench.engine.traces import Point
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
    held = source.valid(stack.seeds)
    loss, score, _ = scores(stack.forwards("valid", most=rows_at_once(task, held)), task, held)
    curves = {("valid", "loss"): loss.tolist(), ("valid", "score"): score.tolist()}
    if len(stack.history):
        recent = stack.history.since(since)
        curves["train", "loss"] = recent.loss.median(0).values.tolist()
        curves["train", "grad_norm"] = recent.norm.median(0).values.tolist()
        curves["train", "grad_norm_max"] = recent.norm.amax(0).tolist()
    improved = []
    for row, trace in enumerate(stack.traces):
        points = {key: finite(values[row]) for key, values in curves.items()}
        plain = points["valid", "score"]
        if plain is not None:
            points["valid", "skill"] = task.skill(plain)
        trace.curves += [Point(stack.done, *key, value) for key, value in points.items()]
        improved.append(better(task, plain, trace.best_score))
        trace.best_score = plain if improved[-1] else trace.best_score
    flag, now = torch.tensor(improved, device=stack.device), stack.tensors
    stack.tensors = now._replace(
        best=where(flag, now.params, now.best),
        best_memory=where(flag, now.memory, now.best_memory),
    )
