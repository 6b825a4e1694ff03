"""Placebo (control): a random regularizer at the cost of a real one

    loss + a sum_i xi_i dloss/dw_i     xi: a random direction of length 1, new at every update

Gradient: it is disturbed by a times the Hessian along xi, which is 0 on average: a second pass back
through time as in `gradient_penalty`, but with nothing in mind.
Not a remedy: where a remedy does no better than this one, what helped was that something changed.
Not `gradient_noise`, which has the same size everywhere and costs no second pass.
Source: ours, next to drucker1992
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import Tensors, joint_norm, total
from seqbench.knobs import NonNegative
from seqbench.remedy import At, Remedy, Trajectory


@dataclass(frozen=True, kw_only=True)
class Placebo(Remedy):
    """Knobs:
    weight:  a; as strong as a `gradient_penalty` of weight 1e-4 where ||g|| is 5 above its limit.
    """

    weight: NonNegative = 1e-3

    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor | None:
        if self.weight == 0:
            return None
        grads = torch.autograd.grad(
            trajectory.loss.sum(), list(params.values()), create_graph=True, materialize_grads=True
        )
        xi = [at.noise.normal(*w.shape[-2:]).to(w) for w in params.values()]
        first, *others = [total(g * along) for g, along in zip(grads, xi, strict=True)]
        return self.weight * sum(others, start=first) / joint_norm(xi)
