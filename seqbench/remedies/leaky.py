"""Leaky integration of the state

    s_t <- (1 - a) s_{t-1} + a s_t     s: every part of the state that is memory

Gradient: a straight way back with the factor 1 - a per step, the same for all units at all times:
for small a it vanishes slowly, and the state changes slowly.
Not a gate, whose factor the network sets by itself. Not the opposite convention, in which a is the
share that is kept. `spectral_radius` sets the radius of U, not that of (1 - a) I + a U.
With `reservoir+ridge_readout` on `rnn` this is the echo state network of leaky integrators.
Our deviation: Jaeger's leak and gain are one number here, as in Lukosevicius and Jaeger.
Source: jaeger2007, lukosevicius2009
"""

from collections.abc import Sequence
from dataclasses import dataclass

from seqbench.axes import State
from seqbench.cell import Cell, blend
from seqbench.knobs import Fraction
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_memory, needs_past
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class Leaky(Remedy):
    """Knobs:
    rate:  a, the share of the new; 1 leaves the cell as it is. A unit forgets in about 1 / a steps.
    """

    rate: Fraction = 0.3

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_past(cell, task) or needs_memory(cell)

    def advance(self, past: Sequence[State], new: State, at: At) -> State:
        a = self.rate
        return blend(at.cell, past[-1], new, lambda _, old, now: (1 - a) * old + a * now)
