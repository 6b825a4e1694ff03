"""Simplified minimal gated unit 1 (MGU1): the gate does not see the input

    f_t = s(h_{t-1} U_f^T + b_f)
    n_t = tanh(x_t W^T + (f_t * h_{t-1}) U_n^T + b_n)
    h_t = (1 - f_t) * h_{t-1} + f_t * n_t

Gradient: the straight path back multiplies it by 1 - f, but what holds on is what h says: no input
can open or shut the gate at the step at which it comes.
Not `mgu`, whose gate sees x; not MGU2 and MGU3, whose gates lack the bias or h as well. f near 0
holds on.
Source: heck2017
"""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cells._simplified_mgu import SimplifiedMgu


@dataclass(frozen=True, kw_only=True)
class Mgu1(SimplifiedMgu):
    forget: ClassVar[dict[str, int]] = {"f": -1}

    def gate(self, params: Tensors, h: Tensor) -> Tensor:
        return h @ params["U"].chunk(2, -2)[0].mT + params["b"].chunk(2, -1)[0]
