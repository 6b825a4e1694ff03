"""Truncated back-propagation through time

    steps left   ...  2k | 2k-1  ...  k | k-1  ...  1  0
    gradient            cut            cut            loss

    h_t -> stop_gradient(h_t)   where the number of steps left after t is a multiple of k

Gradient: a loss at the last step reaches exactly the last k inputs and is exactly 0 before them; a
loss at another step reaches the beginning of its window. The state itself goes forward unchanged.
Not TBPTT(k1, k2) with k1 < k2 (Williams and Peng 1990): weights are updated once per sequence, and
windows do not overlap. Not shorter sequences, and not a reset of the state.
Source: williams1990, sutskever2013, tallec2017
"""

from dataclasses import dataclass
from math import inf

from seqbench.cell import Cell
from seqbench.knobs import Size
from seqbench.remedies._handed_back import HandedBack
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class Truncate(HandedBack):
    """Knobs:
    horizon:  k, in steps. Counted from the end, or a k that divides T - 1 would cut everything.
    """

    horizon: Size = 10

    def suits(self, cell: Cell, task: Task) -> str | None:
        if task.io_shape == "one_to_one" or task.lag == 0:
            return "No answer lies in the past, so there is nothing to cut."
        return None if cell.remembers else "The cell has no memory, so there is nothing to cut."

    def bound(self, left: int) -> float:
        return inf if left % self.horizon else 0.0
