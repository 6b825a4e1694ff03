"""LSTM without input activation function (NIAF)

    i, f, g, o = x_t W^T + h_{t-1} U^T + b   four blocks of H
    c_t = s(f + p_f * c_{t-1}) * c_{t-1} + s(i + p_i * c_{t-1}) * g
    h_t = s(o + p_o * c_t) * tanh(c_t)       the peephole LSTM with g instead of tanh(g)

Gradient: what enters is not squashed, so the path from h through g to c does not shrink where g is
large; it explodes more easily instead.
Not a cell without input gate (`lstm_nig`): s(i) is still there.
Source: greff2017
"""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from seqbench.cells._peephole import Peephole


@dataclass(frozen=True, kw_only=True)
class LstmNiaf(Peephole):
    gates: ClassVar[tuple[str, ...]] = ("i", "f", "g", "o")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    admit: ClassVar[dict[str, int]] = {"i": 1}

    def enter(self, g: Tensor) -> Tensor:
        return g
