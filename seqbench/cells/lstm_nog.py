"""LSTM without output gate (NOG)

    i, f, g = x_t W^T + h_{t-1} U^T + b      three blocks of H
    c_t = s(f + p_f * c_{t-1}) * c_{t-1} + s(i + p_i * c_{t-1}) * tanh(g)
    h_t = tanh(c_t)                          the peephole LSTM with o = 1

Gradient: along c as in the peephole LSTM; everything that is stored also acts on all gates at every
step, so the paths through h are never closed.
Not a cell without state beside h: h is c squashed, and c itself stays unbounded (unlike `janet`,
whose h is c).
Source: greff2017
"""

from dataclasses import dataclass
from typing import ClassVar

from seqbench.cells._peephole import Peephole


@dataclass(frozen=True, kw_only=True)
class LstmNog(Peephole):
    gates: ClassVar[tuple[str, ...]] = ("i", "f", "g")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    admit: ClassVar[dict[str, int]] = {"i": 1}
