"""Generalized teacher forcing, on the input; with the knob `every`, sparse teacher forcing

    x_t <- alpha x_t + (1 - alpha) y_t       where t is no multiple of every (0: everywhere)

y_t is the network's own forecast of x_t, given as many steps before as the task looks ahead.
alpha 1 is teacher forcing, 0 free running; alpha 0 with every 10 is the sparse one.
Gradient: it also goes through the forecasts that are put in, by the factor 1 - alpha each time, and
nowhere where the true value is: so on a chaotic series it grows with a rate that alpha bounds.
Our deviation: published for the state, of which the series is a part or a linear image; of any cell
only the input is known. alpha stays the same throughout. Tested on true inputs, as the task is.
Not scheduled sampling, which takes one or the other, by chance.
Source: hess2023, mikhaeil2022
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.cell import Cell
from seqbench.knobs import Count, Fraction
from seqbench.remedy import At, Remedy
from seqbench.task import Task
from seqbench.task.returning import Forecast


@dataclass(frozen=True, kw_only=True)
class GeneralizedTeacherForcing(Remedy):
    """Knobs:
    alpha:  how much of the true value is in an input.
    every:  after how many steps the true value comes whole; 0: never.
    """

    alpha: Fraction = 0.5
    every: Count = 0

    def suits(self, cell: Cell, task: Task) -> str | None:
        if not isinstance(task, Forecast):
            return "The task is no forecast of its own input, as a number."
        return None

    def feedback(self, x: Tensor, at: At) -> Tensor | None:
        if self.alpha == 1:
            return None
        t = torch.arange(x.shape[-3], device=x.device)
        forced = t % self.every == 0 if self.every else t < 0
        shares = torch.where(forced, 0, 1 - self.alpha).to(x)
        return shares[:, None, None].expand_as(x[..., :1])
