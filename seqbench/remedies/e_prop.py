"""Eligibility propagation (e-prop), with symmetric feedback

    J_t = (K * A_t) J_{t-1} + B_t       A_t = d s_t / d s_{t-1}, B_t = d s_t / d theta
    g = sum over t of (dL/dh_t of step t alone) J_t

K: 1 from a unit's memory to the same unit's, and to what only speaks of it; else 0. A unit's memory
is what of its state stays where the recurrent matrices are 0: c of an LSTM, h of a leaky unit or a
GRU, nothing of a simple recurrence, for which J_t = B_t.
Gradient: long along a unit's own memory, not from unit to unit: neither through another unit's
memory nor through an h that is only heard by recurrent matrices, its own unit's among them.
Not SnAp-1, which keeps all ways between the numbers that a weight feeds. The same where these are
the memory of one unit each (`leaky_rnn`, and exact where units do not mix at all); in an LSTM that
also keeps the way through h, in a GRU (v1) that from unit to unit which a reset gate feeds.
Our deviation: a memory that is heard itself keeps its own recurrent weight, U_jj, which the authors
cut as they do the others. What it would save is not saved here.
Source: bellec2020
"""

from dataclasses import dataclass

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.remedies._fed import Shapes
from seqbench.remedies._influence import ByInfluence, forward_accumulated
from seqbench.remedies._memory import reached, shared, within
from seqbench.remedy import At, Rollout
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class EProp(ByInfluence):
    def suits(self, cell: Cell, task: Task) -> str | None:
        return super().suits(cell, task) or shared(cell)

    def estimate(self, rollout: Rollout, at: At) -> Tensors:
        left, _ = within(at.cell, Shapes.of(rollout))
        return forward_accumulated(at.cell, rollout, way=lambda by_state: by_state * left)

    def kept(self, rollout: Rollout, at: At) -> float:
        return reached(at.cell, Shapes.of(rollout))  # what is not 0 in J of the memories
