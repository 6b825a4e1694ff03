"""Gradient clipping by the joint norm

    g <- g min(1, c / ||g||)      ||g||: over all weights of the trial together

Gradient: its direction is kept and its length bounded, so explosions take steps of bounded size;
what has vanished stays vanished. An infinite or undefined gradient is not mended.
Not clipping by value, which turns the direction, and not a norm per matrix.
Source: mikolov2012, pascanu2013
"""

from dataclasses import dataclass

from seqbench.axes import Tensors, resized
from seqbench.knobs import Positive
from seqbench.remedy import At, Remedy


@dataclass(frozen=True, kw_only=True)
class ClipNorm(Remedy):
    """Knobs:
    limit:  c. It is for losses that are means over steps and sequences; sums need a larger one.
    """

    limit: Positive = 1.0

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        return resized(grads, self.limit, lift=False)
