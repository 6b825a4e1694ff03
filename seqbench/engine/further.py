"""Tests at other lengths: the weights of a trial on the same task, made longer.

They come after the ordinary test and draw nothing, so no other number depends on them. Trials are
tested in groups that are smaller the longer the sequences are, so that at no time more steps lie
in memory than in the ordinary test.
"""

from typing import NamedTuple

import torch

from seqbench.axes import Tensors
from seqbench.engine.probes import finite
from seqbench.engine.scoring.evaluate import evaluate
from seqbench.engine.source import Source
from seqbench.engine.spans import of_one_pass
from seqbench.engine.stack import Stack
from seqbench.networks.network import Network
from seqbench.task import Task


class Further(NamedTuple):
    """The task made longer, where its test sequences come from, and the network that reads it.

    name: by which the result is kept beside the trial's own, so it says which knob has which value.
    """

    name: str
    network: Network
    task: Task
    source: Source


class Longer(NamedTuple):
    """How a trial does on the task made longer; score and skill None: it has none."""

    score: float | None
    skill: float | None
    solved: bool


def longer(further: Further, score: float | None) -> Longer:
    """The same, by that task's own chance level and pass mark."""
    task = further.task
    if score is None:
        return Longer(None, None, False)
    return Longer(score, task.skill(score), task.solved(score))


def tested(
    stack: Stack, best: Tensors, rows: list[int], steps: int, further: Further
) -> list[float | None]:
    """The score of every row on the longer sequences; None where it is not finite.

    best: the weights of these rows, in their order. steps: of the ordinary test.
    """
    scores: list[float | None] = []
    for span in of_one_pass([stack.trials[row] for row in rows]):
        width = max(2, len(rows) * steps // further.source.steps)
        if span.remedy.acts_by_steps and further.task.asked == "last":  # only that state is kept
            width = len(rows)
        for start in range(span.first, span.end, width):
            some = list(range(start, min(start + width, span.end)))
            pair = some if len(some) > 1 else some * 2
            index = torch.tensor(pair, device=stack.device)
            weights = {name: part.index_select(0, index) for name, part in best.items()}
            of_these = [rows[row] for row in pair]
            forward = stack.forward("test", weights, of_these, network=further.network)
            held = further.source.test([stack.trials[row].seed for row in of_these])
            test = evaluate(forward, further.task, held)
            scores += [finite(score) for score in test.score.tolist()[: len(some)]]
    return scores
