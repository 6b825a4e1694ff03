"""Simplified minimal gated unit 3 (MGU3): the gate is a trained constant

    f = s(b_f)                               one number for each unit, the same at every step
    n_t = tanh(x_t W^T + (f * h_{t-1}) U^T + b_n)
    h_t = (1 - f) * h_{t-1} + f * n_t

Gradient: the straight path back multiplies it by 1 - f whatever comes in, so a unit remembers for
about 1 / f steps, and what it remembers fades exponentially.
Not a gate that decides: it is the leaky integrator with a trained rate for each unit, which also
scales what the unit tells the others. Not `leaky_rnn`, whose one rate is fixed.
Source: heck2017
"""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Param
from seqbench.cells._simplified_mgu import SimplifiedMgu


@dataclass(frozen=True, kw_only=True)
class Mgu3(SimplifiedMgu):
    forget: ClassVar[dict[str, int]] = {"f": -1}

    def params(self) -> dict[str, Param]:
        return super().params() | {"U": Param("H", "H", "recurrent", ("n",))}

    def gate(self, params: Tensors, h: Tensor) -> Tensor:
        return params["b"].chunk(2, -1)[0]
