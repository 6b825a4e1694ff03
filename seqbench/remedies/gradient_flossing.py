"""Gradient flossing: the leading Lyapunov exponents drawn to 0

    loss + a mean_b 1/k sum_i lambda_i^2      i: the first k, b: sequences
    lambda_i = 1/(T - 1) sum_t log R_t[i, i]
    J_t^T Q_t = Q_{t-1} R_t                   t = T ... 2, Q_T: random directions

J_t: Jacobian of step t, all parts of the state together; states are differentiated, too.
Gradient: on average over the steps, k directions are handed back neither longer nor shorter, by
second derivatives.
Not `omega_vjp`, which holds every step by itself at length 1, in the direction of the loss. What is
lost to rounding (J of too low a rank) counts as 0.
Our deviation: J^T Q, back in time, where the authors take J Q; for long sequences the exponents
are the same. They floss before training, too, here it is during training only.
Source: engelken2023, benettin1980, karras2020 (every)
"""

from dataclasses import dataclass

from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.knobs import NonNegative, Size
from seqbench.remedies._lyapunov import exponents
from seqbench.remedy import At, Remedy, Trajectory
from seqbench.remedy.objections import needs_past
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class GradientFlossing(Remedy):
    """Knobs:
    weight:     a.
    exponents:  k; all that there are where the state has fewer numbers.
    every:      added at every so many updates only, so many times heavier.
    """

    weight: NonNegative = 0.1
    exponents: Size = 4
    every: Size = 10

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_past(cell, task)

    def looks_at_the_pass(self, step: int) -> bool:
        return step % self.every == 0

    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor | None:
        if self.weight == 0 or not self.looks_at_the_pass(at.step):
            return None
        units = sum(part.shape[-1] for part in trajectory.parts)
        directions = at.noise.normal(min(self.exponents, units), units)
        found = exponents(at.cell, params, trajectory, directions)  # (..., B, k)
        penalty = found.square().flatten(-2).mean(-1).to(trajectory.loss)
        return self.every * self.weight * penalty
