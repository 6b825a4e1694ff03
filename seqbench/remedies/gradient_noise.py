"""Gradient noise

    g <- g + N(0, eta / (1 + t)^gamma)      t: updates done; every number of the gradient by itself

Gradient: where it has vanished the noise is all that moves the weights, less and less so; it makes
explosions neither better nor worse.
Not noise on the weights or the states: these are seen by the pass itself. eta is a variance.
Source: neelakantan2015
"""

from dataclasses import dataclass

from seqbench.axes import Tensors
from seqbench.knobs import NonNegative
from seqbench.remedy import At, Remedy


@dataclass(frozen=True, kw_only=True)
class GradientNoise(Remedy):
    """Knobs:
    eta:    variance at the first update; the authors try 0.01, 0.3 and 1.
    gamma:  how fast it falls; at 0.55 to 2 % of it after 1,000 updates.
    """

    eta: NonNegative = 0.01
    gamma: NonNegative = 0.55

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        sigma = (self.eta / (1 + at.step) ** self.gamma) ** 0.5
        return {k: g + sigma * at.noise.normal(*g.shape[-2:]).to(g) for k, g in grads.items()}
