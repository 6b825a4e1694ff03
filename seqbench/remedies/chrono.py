"""Chrono initialization of the gates' biases

    b_f <- log u,  u ~ U[1, T_max - 1]      gates that hold on to the past, every unit its own u
    b_i <- -b_f                             gates of their own that let the new in

Gradient: initially a unit's straight path back shrinks to u / (u + 1) per step, so it lasts about
u + 1 steps, and the units spread over all time scales up to T_max.
Not one constant for all units (`forget_bias`), and not log U[1, T_max]. All other biases stay as
the cell starts them, which is at 0.
Source: tallec2018
"""

from dataclasses import dataclass
from typing import ClassVar

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.knobs import Count
from seqbench.remedies._gates import biased_gates
from seqbench.remedy import At, Remedy
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class Chrono(Remedy):
    """Knobs:
    longest:  T_max, in steps; 0: the task's lag plus 1, all the steps from where the answer lies
              to where it is asked for. The paper has 3/2 of the blanks for copying.
    """

    told_lag: ClassVar[bool] = True

    longest: Count = 0

    def suits(self, cell: Cell, task: Task) -> str | None:
        if not cell.forget:
            return "The cell has no forget gate."
        if not (self.longest or task.lag):
            return "No answer lies in the past, so there is no time scale to start from."
        return None

    def initialize(self, params: Tensors, at: At) -> Tensors:
        widest = max((self.longest or at.lag + 1) - 1, 1)
        u = 1 + (widest - 1) * at.noise.uniform(1, params["W_out"].shape[-1])
        return biased_gates(at.cell, params, u.log())
