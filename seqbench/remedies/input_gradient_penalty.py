"""Penalty on the gradient with respect to the input (double back-propagation)

    loss + a mean_b ||dloss_b/dx_b||^2      x_b: all steps of a sequence, loss_b: its own loss

Gradient: the loss is drawn to be flat in its inputs, near and far, by second derivatives (twice
back through time): it bounds explosions on the way to the input, and favors what vanishes.
Not `gradient_penalty`, which is on the gradient of the weights, and not the (||.|| - 1)^2 of
Wasserstein critics. Where inputs are symbols, their one-hot vectors count as numbers.
Source: drucker1992
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.knobs import NonNegative
from seqbench.remedy import At, Remedy, Trajectory


@dataclass(frozen=True, kw_only=True)
class InputGradientPenalty(Remedy):
    """Knobs:
    weight:  a.
    """

    alone: ClassVar[bool] = True  # behind a front end an input is no number that could vary

    weight: NonNegative = 0.1

    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor | None:
        if self.weight == 0:
            return None
        (grad,) = torch.autograd.grad(
            trajectory.loss.sum(), trajectory.x, create_graph=True, materialize_grads=True
        )
        # The loss is a mean: each sequence's own gradient is B times longer, its square B^2 times.
        return self.weight * trajectory.sequences * grad.square().flatten(-3).sum(-1)
