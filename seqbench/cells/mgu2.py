"""Simplified minimal gated unit 2 (MGU2): the gate sees the state, and has no bias

    f_t = s(h_{t-1} U_f^T)
    n_t = tanh(x_t W^T + (f_t * h_{t-1}) U_n^T + b_n)
    h_t = (1 - f_t) * h_{t-1} + f_t * n_t

Gradient: the straight path back multiplies it by 1 - f, which is about 1/2 wherever h is small:
without a bias the gate has to be driven from the middle by h, step by step.
Not MGU1, whose gate has a bias: no forget bias can help this one. Not `mgu`, whose gate sees x.
Source: heck2017
"""

from dataclasses import dataclass

from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Param
from seqbench.cells._simplified_mgu import SimplifiedMgu


@dataclass(frozen=True, kw_only=True)
class Mgu2(SimplifiedMgu):
    def params(self) -> dict[str, Param]:
        return super().params() | {"b": Param("1", "H", "bias", ("n",))}

    def gate(self, params: Tensors, h: Tensor) -> Tensor:
        return h @ params["U"].chunk(2, -2)[0].mT
