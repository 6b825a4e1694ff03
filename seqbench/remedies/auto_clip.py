"""AutoClip: gradient clipping at a percentile of the norms so far

    g <- g min(1, q_p(||g||_1, ..., ||g||_t) / ||g||)      of the last w norms with this one

Gradient: its direction is kept; what is long beside its own past is made shorter, whatever the
scale of the task. In the first update nothing is.
Not clipping by a fixed norm, and not adaptive clipping, which compares with the weights.
Source: seetharaman2020
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import Tensors, joint_norm, scaled
from seqbench.knobs import Fraction, Size
from seqbench.remedy import At, Remedy


@dataclass(frozen=True, kw_only=True)
class AutoClip(Remedy):
    """Knobs:
    percentile:  p, as a fraction; the authors recommend 0.1.
    window:      w, in updates; the authors keep all norms.
    """

    percentile: Fraction = 0.1
    window: Size = 1000

    def first_memory(self, params: Tensors) -> Tensors:
        like = next(iter(params.values()))
        return {"norms": like.new_full((1, self.window), torch.nan)}  # not yet

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        norms = self._norms(grads, at)
        limit = self._quantile(norms)[..., 0, 0]
        factor = (limit / norms[..., 0, -1].clamp(min=1e-30)).clamp(max=1)
        return {name: scaled(grad, factor) for name, grad in grads.items()}

    def remember(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        return {"norms": self._norms(grads, at)}

    def _quantile(self, norms: Tensor) -> Tensor:
        """Between the two norms beside it, in proportion: (..., 1, w) -> (..., 1, 1)"""
        count = norms.isnan().logical_not().sum(-1, keepdim=True)
        place = self.percentile * (count - 1).clamp(min=0)
        ordered = norms.sort(-1).values  # what is no number comes last
        below, above = (ordered.gather(-1, z.long()) for z in (place.floor(), place.ceil()))
        return below + (place - place.floor()) * (above - below)

    def _norms(self, grads: Tensors, at: At) -> Tensor:
        """This update's behind the last ones: (..., 1, w)"""
        now = joint_norm(grads.values())[..., None, None]
        return torch.cat([at.memory["norms"][..., 1:], now], -1)
