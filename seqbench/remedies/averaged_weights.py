"""Averaged weights

    theta' <- d theta' + (1 - d) theta      after every update; theta' is what is tested

Gradient: untouched, as are the weights that are trained; where steps jump about, the mean of where
they have been lies lower than the last of them.
Not momentum, which averages gradients, and not a smaller rate: training goes on as without it.
Source: polyak1992, izmailov2018
"""

from dataclasses import dataclass

from seqbench.axes import Tensors
from seqbench.knobs import Fraction
from seqbench.remedy import At, Remedy


@dataclass(frozen=True, kw_only=True)
class AveragedWeights(Remedy):
    """Knobs:
    decay:  d; after t updates it is at most t / (t + 1), the plain mean of all weights so far.
    """

    decay: Fraction = 0.95

    def first_memory(self, params: Tensors) -> Tensors:
        return params

    def reparametrize(self, params: Tensors, at: At) -> Tensors:
        return params if at.training else at.memory

    def remember(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        kept = min(self.decay, at.step / (at.step + 1))
        return {k: kept * old + (1 - kept) * params[k] for k, old in at.memory.items()}
