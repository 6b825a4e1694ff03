"""Penalty on a gradient that is too large

    loss + a max(0, ||dloss/dw|| - c)^2      w: all weights of the trial together

Gradient: training is drawn to regions where the gradient is short, by second derivatives (twice
back through time); far into an explosion these are longer still, so it can do harm there.
Not a penalty on dloss/dx (Drucker and LeCun 1992), not the ratio of dloss/dh from step to step
(Pascanu et al. 2013), and not clipping: the loss itself is changed.
Source: drucker1992, pascanu2013, karras2020 (every)
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import Tensors, total
from seqbench.knobs import NonNegative, Size
from seqbench.remedy import At, Remedy, Trajectory

_TINY = 1e-30  # the root has no derivative at 0


@dataclass(frozen=True, kw_only=True)
class GradientPenalty(Remedy):
    """Knobs:
    weight:  a. A large one explodes by itself: its pull is slope times curvature.
    limit:   c, the length up to which a gradient costs nothing.
    every:   added at every so many updates only, so many times heavier: the same pull on average
             for a part of the time (lazy regularization).
    """

    weight: NonNegative = 1e-4
    limit: NonNegative = 1.0
    every: Size = 1

    def looks_at_the_pass(self, step: int) -> bool:
        return step % self.every == 0

    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor | None:
        if not self.looks_at_the_pass(at.step):
            return None
        grads = torch.autograd.grad(
            trajectory.loss.sum(), list(params.values()), create_graph=True, materialize_grads=True
        )
        first, *others = [total(g * g) for g in grads]
        squared = sum(others, start=first)
        norm = squared.clamp(min=max(self.limit**2, _TINY)).sqrt()
        return self.every * self.weight * (norm - self.limit) ** 2
