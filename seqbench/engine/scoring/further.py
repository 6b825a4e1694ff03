"""Tests at other lengths: the weights of a trial on the same task, made longer.

They come after the ordinary test and draw nothing, so no other number depends on them. Trials are
tested in groups that are smaller the longer the sequences are, so that at no time more steps lie
in memory than in the ordinary test.
"""

from dataclasses import replace
from typing import NamedTuple

import torch

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.engine.passes.choose import Passes
from seqbench.engine.probes import finite
from seqbench.engine.scoring.assess import evaluate
from seqbench.engine.stack import Stack
from seqbench.task import Batch, Task


class Further(NamedTuple):
    """The task made longer, its test sequences, and the network as it reads it.

    name: by which the result is kept beside the trial's own, so it says which knob has which value.
    """

    name: str
    cell: Cell
    task: Task
    batch: Batch


def tested(
    passes: Passes, best: Tensors, stack: Stack, rows: list[int], steps: int, further: Further
) -> list[float | None]:
    """The score of every row on the longer sequences; None where it is not finite.

    best: the weights of these rows, in their order. steps: of the ordinary test.
    """
    remedy, longer = stack.shared(), further.batch.x.shape[-3]
    width = max(2, len(rows) * steps // longer)
    if remedy.acts_by_steps and further.task.asked == "last":  # only the last state is kept
        width = len(rows)
    scores: list[float | None] = []
    for start in range(0, len(rows), width):
        some = list(range(start, min(start + width, len(rows))))
        pair = some if len(some) > 1 else some * 2
        index = torch.tensor(pair, device=stack.device)
        weights = {name: part.index_select(0, index) for name, part in best.items()}
        at = replace(stack.at("test", [rows[row] for row in pair]), cell=further.cell)
        found = evaluate(passes, weights, remedy, further.task, further.batch, at)
        scores += [finite(score) for score in found.score.tolist()[: len(some)]]
    return scores
