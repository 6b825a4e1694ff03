"""Omega for any cell, by vector-Jacobian products

    loss + a Omega
    Omega = sum_t mean_b (r_t - 1)^2 / sum_t mean_b [||d_t||^2 >= 10^-20]
    r_t = ||d_t J_t||^2 / ||d_t||^2            J_t: Jacobian of step t, at frozen states and inputs

s: all parts of the state together; d_t: dloss/ds_t with all later steps in it, a constant.

Gradient: one step back is drawn to keep its length in the direction that the loss asks for, by all
weights on which J depends, the gates' biases among them.
Not Pascanu's (`omega`), where f' is a constant and only U is pulled: on `rnn` both have the same
value and different gradients. Not double back-propagation through time: states are constants.
Source: pascanu2013
"""

from dataclasses import dataclass

from torch import Tensor
from torch.autograd import grad

from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.knobs import NonNegative
from seqbench.remedies._omega import before, omega
from seqbench.remedy import At, Remedy, Trajectory
from seqbench.remedy.objections import needs_past
from seqbench.task import Task


def _rows(parts: State) -> State:
    return tuple(part.flatten(-3, -2) for part in parts)  # (..., T * B, *)


@dataclass(frozen=True, kw_only=True)
class OmegaVjp(Remedy):
    """Knobs: weight, a; 2 as in the code of Pascanu et al."""

    weight: NonNegative = 2.0

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_past(cell, task)

    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor | None:
        if self.weight == 0:
            return None
        d = trajectory.pulls()
        old = tuple(part.requires_grad_() for part in before(trajectory, at, params))
        new = trajectory.again(at.cell, params, old)
        live = [k for k, part in enumerate(new) if part.requires_grad]
        ends, pull = [new[k] for k in live], [d[k] for k in live]
        back = grad(ends, old, pull, create_graph=True, materialize_grads=True)
        return self.weight * omega(_rows(back), _rows(d))
