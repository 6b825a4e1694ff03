"""ZClip: gradient clipping of norms that stand out from their running mean

    z = (||g|| - mu) / sigma,  g <- g (mu + sigma c^2 / z) / ||g||   where z > c
    mu, sigma^2 <- running mean and variance of the norms after clipping

Gradient: its direction is kept; the more a norm stands out, the nearer to the mean it is brought.
While the first k norms are gathered nothing is clipped.
Not a percentile (AutoClip): what is ordinary passes as it is, however much of it there is.
Source: kumar2025
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import Tensors, joint_norm, scaled
from seqbench.knobs import Fraction, Positive, Several
from seqbench.remedy import At, Remedy


@dataclass(frozen=True, kw_only=True)
class Zclip(Remedy):
    """Knobs:
    limit:    c, in standard deviations.
    decay:    share of the old mean and variance that is kept.
    gathers:  k, updates.
    """

    limit: Positive = 2.5
    decay: Fraction = 0.97
    gathers: Several = 25

    def first_memory(self, params: Tensors) -> Tensors:
        return dict.fromkeys(("mean", "square"), next(iter(params.values())).new_zeros(1, 1))

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        norm = joint_norm(grads.values())
        factor = self._clipped(norm, at) / norm.clamp(min=1e-30)
        return {name: scaled(grad, factor) for name, grad in grads.items()}

    def remember(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        norm = self._clipped(joint_norm(grads.values()), at)[..., None, None]
        kept = torch.full_like(norm, self.decay)
        if at.step < self.gathers:
            kept = torch.full_like(norm, at.step / (at.step + 1))  # the plain mean of all so far
        mean, square = at.memory["mean"], at.memory["square"]
        new = kept * mean + (1 - kept) * norm
        return {"mean": new, "square": kept * square + (1 - kept) * norm.square()}

    def _clipped(self, norm: Tensor, at: At) -> Tensor:
        if at.step < self.gathers:
            return norm
        mean, square = (at.memory[name][..., 0, 0] for name in ("mean", "square"))
        deviation = (square - mean.square()).clamp(min=0).sqrt()
        z = (norm - mean) / deviation.clamp(min=1e-12)
        return torch.where(z > self.limit, mean + deviation * self.limit**2 / z, norm)
