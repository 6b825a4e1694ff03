"""Real-time recurrent learning (RTRL)

    J_t = A_t J_{t-1} + B_t,  J_0 = 0      A_t = d s_t / d s_{t-1}, B_t = d s_t / d theta
    g = sum over t of (dL/dh_t of step t alone) J_t

Gradient: exactly that of back-propagation through time, carried forward with the state: it vanishes
and explodes as that does, but no past state has to be kept, for n numbers per weight and sequence.
Not an estimate. Not one that goes on while the weights change: a sequence meets one set of weights.
Source: williams1989
"""

from dataclasses import dataclass

from seqbench.axes import Tensors
from seqbench.remedies._influence import ByInfluence, forward_accumulated, sizes
from seqbench.remedy import At, Rollout


@dataclass(frozen=True, kw_only=True)
class Rtrl(ByInfluence):
    def estimate(self, rollout: Rollout, at: At) -> Tensors:
        return forward_accumulated(at.cell, rollout)

    def kept(self, rollout: Rollout, at: At) -> float:
        numbers, weights = sizes(at.cell, rollout)
        return numbers * weights  # J
