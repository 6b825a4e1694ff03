"""Lipschitz recurrent network

    h_t = h_{t-1} + eps (h_{t-1} A^T + tanh(x_t W^T + h_{t-1} R^T + b))
    A = (1 - beta) (U_a + U_a^T) + beta (U_a - U_a^T) - gamma I
    R = (1 - beta) (U_r + U_r^T) + beta (U_r - U_r^T) - gamma I

Gradient: a step back multiplies it by I + eps (A + diag(tanh') R); beta says how much of that is
rotation, and where the symmetric parts are small it grows and shrinks slowly.
Not a bound on A: the paper proves stability for eigenvalues of A that are negative enough, but
nothing forces them to be.
Paper and authors' code differ: for the paper h is a column, A h, and so it is here; the code takes
the row h A, which is the same family of networks with U_a and U_r transposed. In the code the
deviation of U_a and U_r is init_std / H; ours is gain / sqrt(H), the same at their H = 128.
Source: erichson2021
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param
from seqbench.knobs import Fraction, NonNegative, Positive


@dataclass(frozen=True, kw_only=True)
class LipschitzRnn(Cell):
    """Knobs (the defaults are those of the command for permuted MNIST in the authors' README, with
    init_std 32; those of their program are others: eps .05, beta .7, init_std 6, for 98 steps):
    eps:    the time that passes in one step.
    beta:   1: A and R are antisymmetric (but for gamma); 0.5: they are U_a and U_r themselves.
    gamma:  how far the eigenvalues are shifted to the stable side.
    gain:   of U_a and U_r: init_std / sqrt(128).
    """

    family: ClassVar[Family] = "dynamical"
    composed: ClassVar[bool] = True
    gates: ClassVar[tuple[str, ...]] = ("a", "r", "h")

    eps: Positive = 0.01
    beta: Fraction = 0.8
    gamma: NonNegative = 0.001
    gain: Positive = 2.8284271

    def params(self) -> dict[str, Param]:
        return {
            "W": Param("H", "I", "input"),
            "U": Param("H", "H", "recurrent", ("a", "r")),
            "b": Param("1", "H", "bias"),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        # M + (1 - 2 beta) M^T is the mixture of the symmetric and the antisymmetric part
        mixed = [M + (1 - 2 * self.beta) * M.mT for M in params["U"].chunk(2, -2)]
        h_a, h_r = (h @ M.mT - self.gamma * h for M in mixed)
        return (h + self.eps * (h_a + torch.tanh(x @ params["W"].mT + h_r + params["b"])),)
