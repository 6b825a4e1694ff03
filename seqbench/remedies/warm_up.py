"""Learning rate warm-up

    theta <- theta_before + min(1, (t + 1) / k) (theta - theta_before)      t: updates done

Gradient: as it is; the first steps, taken where gradients are largest and an optimizer's running
means are of few updates, are short.
Not clipping: the length of a step depends on when it is taken, not on the gradient.
Source: goyal2017
"""

from dataclasses import dataclass

from seqbench.axes import Tensors
from seqbench.knobs import Size
from seqbench.remedy import At, Remedy


@dataclass(frozen=True, kw_only=True)
class WarmUp(Remedy):
    """Knobs:
    updates:  k.
    """

    updates: Size = 50

    def first_memory(self, params: Tensors) -> Tensors:
        return params

    def project(self, params: Tensors, at: At) -> Tensors:
        share = min(1.0, (at.step + 1) / self.updates)
        if share == 1:
            return params
        return {k: old + share * (params[k] - old) for k, old in at.memory.items()}

    def remember(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        return params
