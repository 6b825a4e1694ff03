"""Random feedback local online learning (RFLO)

    J_t = k J_{t-1} + B_t                    k: the share that a unit keeps of its state, its leak
    g = sum over t of ((dL/dy_t) R) J_t      R: random numbers in W_out's place, always the same

Gradient: goes back along the leak alone, k^n of it after n steps (k = 1 - a of a leaky unit, 0 of a
simple recurrence), and reaches the units through weights that are not the readout's: a direction of
its own at first, with which training can bring W_out into line. The readout's is exact.
Not e-prop, whose feedback is the readout's and which keeps more than a fixed share. Not feedback
alignment of a deep network: R stands in one place only.
Our deviation: k is what a step keeps with all recurrent weights at 0, of a cell in which that is
the same number at all inputs and states; R is drawn as Glorot draws W_out.
Source: murray2019
"""

from dataclasses import dataclass, replace

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.remedies._fed import Shapes, fed
from seqbench.remedies._influence import ByInfluence, forward_accumulated
from seqbench.remedies._memory import leak, leaks
from seqbench.remedy import At, Rollout
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class Rflo(ByInfluence):
    def suits(self, cell: Cell, task: Task) -> str | None:
        return super().suits(cell, task) or leaks(cell)

    def estimate(self, rollout: Rollout, at: At) -> Tensors:
        share = leak(at.cell, Shapes.of(rollout))
        numbers = rollout.errors.shape[-1], rollout.credit.shape[-1]
        R = (2 * at.noise.fixed(*numbers).to(rollout.errors) - 1) * (6 / sum(numbers)) ** 0.5
        fed_back = replace(rollout, credit=rollout.errors @ R.unsqueeze(-3))
        way = share.diag()
        return forward_accumulated(at.cell, fed_back, way=lambda by_state: way)

    def kept(self, rollout: Rollout, at: At) -> float:
        shapes = Shapes.of(rollout)
        return float(fed(at.cell, shapes)[leak(at.cell, shapes).ne(0)].sum())
