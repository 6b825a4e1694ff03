"""LSTM without input gate (NIG)

    f, g, o = x_t W^T + h_{t-1} U^T + b      three blocks of H
    c_t = s(f + p_f * c_{t-1}) * c_{t-1} + tanh(g)
    h_t = s(o + p_o * c_t) * tanh(c_t)       the peephole LSTM with i = 1

Gradient: along c as in the peephole LSTM, but every input writes: what is to be kept is overwritten
unless g itself learns to be silent.
Not the LSTM of 1997, which lacks the forget gate instead (`lstm_1997`, `lstm_nfg`).
Source: greff2017
"""

from dataclasses import dataclass
from typing import ClassVar

from seqbench.cells._peephole import Peephole


@dataclass(frozen=True, kw_only=True)
class LstmNig(Peephole):
    gates: ClassVar[tuple[str, ...]] = ("f", "g", "o")
    forget: ClassVar[dict[str, int]] = {"f": 1}
