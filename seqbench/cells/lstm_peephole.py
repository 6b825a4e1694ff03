"""Peephole LSTM (the vanilla LSTM of Greff et al.)

    i, f, g, o = x_t W^T + h_{t-1} U^T + b   four blocks of H
    c_t = s(f + p_f * c_{t-1}) * c_{t-1} + s(i + p_i * c_{t-1}) * tanh(g)
    h_t = s(o + p_o * c_t) * tanh(c_t)       o sees the NEW cell; p_i, p_f, p_o: vectors, 0 at first

Gradient: as in the LSTM, and gates also pass it straight to the cell that they look at.
Not c concatenated to the input, and not full matrices from c to the gates: a gate sees its own
cell only.
Source: gers2000peephole, gers2002, greff2017
"""

from dataclasses import dataclass
from typing import ClassVar

from seqbench.cells._peephole import Peephole


@dataclass(frozen=True, kw_only=True)
class LstmPeephole(Peephole):
    gates: ClassVar[tuple[str, ...]] = ("i", "f", "g", "o")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    admit: ClassVar[dict[str, int]] = {"i": 1}
