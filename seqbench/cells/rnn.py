"""Simple recurrent network (Elman network, vanilla RNN)

    z_t = x_t W^T + h_{t-1} U^T
    h_t = f(z_t + b)                         tanh, relu or sigmoid
    h_t = sign(z_t) * relu(|z_t| + b)        modrelu: b is a threshold

Gradient: every step back multiplies it by diag(f') U, so over many steps it vanishes or explodes
exponentially (Hochreiter 1991, Bengio et al. 1994).
Not Elman's own training, which copied h to a context layer and let no gradient flow through it:
here the gradient goes all the way back.
Source: elman1990, hochreiter1991, bengio1994, arjovsky2016 (modrelu)
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family


def _modrelu(z: Tensor, b: Tensor) -> Tensor:
    return z.sign() * torch.relu(z.abs() + b)


_F: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "tanh": lambda z, b: torch.tanh(z + b),
    "relu": lambda z, b: torch.relu(z + b),
    "sigmoid": lambda z, b: torch.sigmoid(z + b),
    "modrelu": _modrelu,
}


@dataclass(frozen=True, kw_only=True)
class Rnn(Cell):
    """Knobs:
    activation:  f; "relu" with the remedy `identity` is the IRNN of Le et al. (2015).
    """

    family: ClassVar[Family] = "simple"

    activation: Literal["tanh", "relu", "sigmoid", "modrelu"] = "tanh"

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        z = x @ params["W"].mT + h @ params["U"].mT
        return (_F[self.activation](z, params["b"]),)
