"""Gradient clipping by value

    g_i <- max(-c, min(c, g_i))      every number of the gradient by itself

Gradient: no number exceeds c, so a step is bounded by lr * c per weight; the direction turns toward
the numbers that were small, and what has vanished stays vanished.
Not clipping by norm, which keeps the direction, and not Graves' clipping inside the backward pass.
Source: mikolov2012, graves2013
"""

from dataclasses import dataclass

from seqbench.axes import Tensors
from seqbench.knobs import Positive
from seqbench.remedy import At, Remedy


@dataclass(frozen=True, kw_only=True)
class ClipValue(Remedy):
    """Knobs:
    limit:  c. At 0.1 a gradient of 1,000 numbers keeps a norm of at most about 3.
    """

    limit: Positive = 0.1

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        return {name: g.clamp(-self.limit, self.limit) for name, g in grads.items()}
