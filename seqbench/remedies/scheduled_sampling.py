"""Scheduled sampling: in training, more and more inputs are what the network itself has said

    x_t <- (1 - m_t) x_t + m_t y_t          m_t = 1 with probability r_k, else 0
    r_k = most min(1, k / updates)          in update k, counted from 0

y_t is what was said of x_t the step before, or as many steps before as a forecast looks ahead, put
in as the task does where its network runs freely: the likeliest symbol, or the number itself. m_t
is drawn for every step of every sequence.
Gradient: through a number it goes on to the step that said it; through a symbol nothing goes. The
network learns on the inputs that its own errors lead to.
Not free running, where no input is given; no sampling of symbols; and not in the test.
Source: bengio2015
"""

from dataclasses import dataclass

from torch import Tensor

from seqbench.cell import Cell
from seqbench.knobs import Fraction, Size
from seqbench.remedy import At, Remedy
from seqbench.task import Task
from seqbench.task.returning import returns


@dataclass(frozen=True, kw_only=True)
class ScheduledSampling(Remedy):
    """Knobs:
    most:     r in the end.
    updates:  after how many it is reached; the schedule is linear.
    """

    most: Fraction = 0.5
    updates: Size = 300

    def suits(self, cell: Cell, task: Task) -> str | None:
        if not returns(task):
            return "What the network says is not the input of a later step."
        return None

    def feedback(self, x: Tensor, at: At) -> Tensor | None:
        share = self.most * min(1, at.step / self.updates)
        if not share:
            return None
        return (at.noise.uniform(*x.shape[-3:-1], 1) < share).to(x)
