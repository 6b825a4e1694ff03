"""Sparse one-step approximation of real-time recurrent learning (SnAp-1)

    J_t = M * (A_t J_{t-1} + B_t)      M: 1 where B_t can be other than 0, else 0

Gradient: a weight's way back goes through the units that it feeds itself, in one step, and through
no others: long along a unit's own memory (a gate, a leak), nothing from unit to unit.
Not SnAp-n for n > 1, whose M grows step by step until it is real-time recurrent learning. What it
saves is not saved here: the whole J is computed, then made sparse.
Source: menick2021
"""

from dataclasses import dataclass

from seqbench.axes import Tensors
from seqbench.remedies._fed import Shapes, fed
from seqbench.remedies._influence import ByInfluence, forward_accumulated
from seqbench.remedy import At, Rollout


@dataclass(frozen=True, kw_only=True)
class Snap1(ByInfluence):
    def estimate(self, rollout: Rollout, at: At) -> Tensors:
        mask = fed(at.cell, Shapes.of(rollout))
        return forward_accumulated(at.cell, rollout, lambda influence: influence * mask)

    def kept(self, rollout: Rollout, at: At) -> float:
        return float(fed(at.cell, Shapes.of(rollout)).sum())  # what is not 0 in M
