"""Skip connections through time

    s_t <- (1 - a) s_t + a s_{t-k}     s: every part of the state that is memory; s_0: the start

Before step k nothing is mixed.

Gradient: besides the usual way it has a shortcut with the factor a per k steps, so a lag is crossed
in lag / k factors and not in lag of them.
Not weights of their own for each delay, as in NARX networks and in Zhang et al.: our shortcut is a
constant mixture, so the cell stays as large as it is.
`truncate` cuts no shortcut that bridges its cut: together the gradient leaks past the horizon.
Source: lin1996, zhang2016
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from seqbench.axes import State
from seqbench.cell import Cell, blend
from seqbench.knobs import Fraction, Size
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_memory, needs_past
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class Skip(Remedy):
    """Knobs:
    steps:  k; 1 is `leaky` with a rate of 1 - a.
    share:  a, how much of the state is the one of k steps ago.
    """

    told_lag: ClassVar[bool] = True

    steps: Size = 10
    share: Fraction = 0.5

    @property
    def lookback(self) -> int:
        return self.steps

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_past(cell, task) or needs_memory(cell)

    def advance(self, past: Sequence[State], new: State, at: At) -> State:
        if len(past) < self.steps:
            return new
        old, a = past[-self.steps], self.share
        return blend(at.cell, old, new, lambda _, before, after: a * before + (1 - a) * after)
