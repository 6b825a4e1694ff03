"""Scheduled sampling: in training, more and more inputs are what the network itself has said

    x_t <- x_t with y_t put in     with probability r_k = most min(1, k / updates), else x_t
    y_t: what was said of x_t, the step before (a forecast: as many steps before as it looks ahead)

k counts updates; drawn for every step of every sequence. What was said is put in as the task does
where its network runs freely: the likeliest symbol, or the number itself.
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
