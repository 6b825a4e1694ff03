"""LSTM with coupled input and forget gate (CIFG)

    i, g, o = x_t W^T + h_{t-1} U^T + b      three blocks of H
    i' = s(i + p_i * c_{t-1})
    c_t = (1 - i') * c_{t-1} + i' * tanh(g)   the peephole LSTM with f = 1 - i
    h_t = s(o + p_o * c_t) * tanh(c_t)

Gradient: along c a step back multiplies it by 1 - i': the less is written, the more comes back. As
a weighted mean of what was written c stays in [-1, 1], so tanh(c) never saturates.
Not the GRU: there is an output gate, peepholes, and no reset gate.
Source: greff2017
"""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from seqbench.cells._peephole import Peephole


@dataclass(frozen=True, kw_only=True)
class LstmCifg(Peephole):
    gates: ClassVar[tuple[str, ...]] = ("i", "g", "o")
    forget: ClassVar[dict[str, int]] = {"i": -1}

    def hold(self, f: Tensor, i: Tensor) -> Tensor:
        return 1 - i
