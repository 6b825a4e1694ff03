"""Curriculum on length: short sequences first, then longer ones

    length_k = length min(1, begin + (1 - begin) k / updates)      in update k, counted from 0

Sequences of that length are drawn anew, from the streams of the full ones; validation and test are
of the task's length from the first update on.
Gradient: it has few steps to go through as long as the network is untrained, so what comes later
begins where the way back is known over shorter lags.
Not truncation, which cuts the way back in sequences of full length; not an order of examples by
their difficulty; and no baby steps, which wait until the last length is solved.
Source: bengio2009, zaremba2014execute
"""

from dataclasses import dataclass, fields

from torch import Tensor

from seqbench.cell import Cell
from seqbench.knobs import Fraction, Size
from seqbench.remedy import Remedy
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class Curriculum(Remedy):
    """Knobs:
    begin:    share of the task's knob `length` in the first update; a task that refuses so short
              a length begins with the shortest that it takes.
    updates:  after how many the length is the task's own.
    """

    begin: Fraction = 0.2
    updates: Size = 300

    def suits(self, cell: Cell, task: Task) -> str | None:
        if "length" not in {knob.name for knob in fields(task)}:
            return "The task has no knob `length` that an update could be shorter by."
        if task.needs or task.splits() is not None:
            return "The task's sequences are recorded: none of another length can be drawn."
        return None

    def shorter(self, length: int, step: int | Tensor) -> int:
        share = self.begin + (1 - self.begin) * step / self.updates
        return length if share >= 1 else max(1, round(length * float(share)))
