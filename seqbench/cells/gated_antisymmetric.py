"""AntisymmetricRNN with gating

    a_t = h_{t-1} A^T                             one matrix for gate and candidate
    A = U - U^T - gamma I
    z_t = s(x_t W_z^T + a_t + b_z)
    h_t = h_{t-1} + eps z_t * tanh(x_t W_h^T + a_t + b_h)

Gradient: as in the AntisymmetricRNN, only that a closed gate passes it back unchanged; one matrix
for both keeps the eigenvalues of the step close to a rotation.
Not a gate that forgets: the old state always stays in full, z only lets the new in.
Source: chang2019
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param
from seqbench.knobs import NonNegative, Positive


@dataclass(frozen=True, kw_only=True)
class GatedAntisymmetric(Cell):
    """Knobs:
    eps:    the time that passes in one step at an open gate.
    gamma:  diffusion: how much faster than a pure rotation the state decays.
    """

    family: ClassVar[Family] = "dynamical"
    composed: ClassVar[bool] = True
    gates: ClassVar[tuple[str, ...]] = ("z", "h")
    admit: ClassVar[dict[str, int]] = {"z": 1}

    eps: Positive = 0.01
    gamma: NonNegative = 0.01

    def params(self) -> dict[str, Param]:
        return super().params() | {"U": Param("H", "H", "recurrent")}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        skew = params["U"] - params["U"].mT
        a = h @ skew.mT - self.gamma * h
        x_z, x_h = (x @ params["W"].mT + params["b"]).chunk(2, -1)
        return (h + self.eps * torch.sigmoid(x_z + a) * torch.tanh(x_h + a),)
