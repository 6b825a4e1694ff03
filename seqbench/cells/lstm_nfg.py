"""LSTM without forget gate (NFG)

    i, g, o = x_t W^T + h_{t-1} U^T + b      three blocks of H
    c_t = c_{t-1} + s(i + p_i * c_{t-1}) * tanh(g)
    h_t = s(o + p_o * c_t) * tanh(c_t)       the peephole LSTM with f = 1

Gradient: along c it comes back unchanged (the constant error carousel), but c only ever adds up: it
grows with the length of the sequence until tanh saturates and lets no gradient in.
Not the LSTM of 1997 (`lstm_1997`), which had no peepholes and other activations, and whose training
cut the gradients of its gates.
Source: greff2017
"""

from dataclasses import dataclass
from typing import ClassVar

from seqbench.cells._peephole import Peephole


@dataclass(frozen=True, kw_only=True)
class LstmNfg(Peephole):
    gates: ClassVar[tuple[str, ...]] = ("i", "g", "o")
    admit: ClassVar[dict[str, int]] = {"i": 1}
