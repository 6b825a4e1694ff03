"""LSTM without output activation function (NOAF)

    i, f, g, o = x_t W^T + h_{t-1} U^T + b   four blocks of H
    c_t = s(f + p_f * c_{t-1}) * c_{t-1} + s(i + p_i * c_{t-1}) * tanh(g)
    h_t = s(o + p_o * c_t) * c_t             the peephole LSTM with c_t instead of tanh(c_t)

Gradient: it enters a large c unweakened, but h is unbounded: what U feeds back grows with c, and
the gradient through h with it.
Not a cell without output gate (`lstm_nog`): s(o) is still there.
Source: greff2017
"""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from seqbench.cells._peephole import Peephole


@dataclass(frozen=True, kw_only=True)
class LstmNoaf(Peephole):
    gates: ClassVar[tuple[str, ...]] = ("i", "f", "g", "o")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    admit: ClassVar[dict[str, int]] = {"i": 1}

    def leave(self, c: Tensor) -> Tensor:
        return c
