"""AntisymmetricRNN

    h_t = h_{t-1} + eps tanh(x_t W^T + h_{t-1} A^T + b)
    A = U - U^T - gamma I

Gradient: the eigenvalues of A are -gamma + i w, so where tanh is not flat a step back mostly
rotates it: those of I + eps A have length 1 up to order eps gamma and eps^2 w^2.
Not an orthogonal matrix: forward Euler lets a rotation grow, and gamma has to outweigh that.
Source: chang2019
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family
from seqbench.knobs import NonNegative, Positive


@dataclass(frozen=True, kw_only=True)
class Antisymmetric(Cell):
    """Knobs:
    eps:    the time that passes in one step.
    gamma:  diffusion: how much faster than a pure rotation the state decays.
    """

    family: ClassVar[Family] = "dynamical"
    composed: ClassVar[bool] = True

    eps: Positive = 0.01
    gamma: NonNegative = 0.01

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        skew = params["U"] - params["U"].mT
        z = x @ params["W"].mT + h @ skew.mT - self.gamma * h + params["b"]
        return (h + self.eps * torch.tanh(z),)
