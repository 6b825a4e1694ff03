"""Normalized gradient

    g <- a g / ||g||      ||g||: over all weights of the trial together

Gradient: only its direction is left, so steps are as long on a plain as on a cliff: explosions do
not overshoot, and what has vanished altogether is lifted again, with its noise.
Not clipping by norm, which leaves short gradients alone, and not a norm for every matrix by itself
(Yu et al. 2017). Where the gradient is exactly 0 it stays so.
Source: hazan2015, yu2017
"""

from dataclasses import dataclass

from seqbench.axes import Tensors, resized
from seqbench.knobs import Positive
from seqbench.remedy import At, Remedy


@dataclass(frozen=True, kw_only=True)
class NormalizeGradient(Remedy):
    """Knobs:
    length:  a; the learning rate then is the length of a plain step.
    """

    length: Positive = 1.0

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        return resized(grads, self.length, lift=True)
