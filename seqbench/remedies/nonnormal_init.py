"""Non-normal initialization of the recurrent matrix: a drawn Schur form

    U_0 <- P (a D + T) P^T      every H x H block by itself; P: a random orthogonal matrix
    T_ij ~ N(0, d^2 / H)        above the diagonal

D has 2 x 2 rotations by angles from U[-pi, pi] on its diagonal.

Gradient: every eigenvalue has the size a, so in the long run it changes by a per step; T makes it
grow on the way, for a while, as no normal matrix of these eigenvalues could.
Not `orthogonal`, the normal matrix that is left for d = 0. Not a parametrization: P, D and T are
drawn and then forgotten, so training leaves this form.
Our deviation: the authors begin with T = 0, and train P, D and T, each by itself.
Source: kerg2019
"""

from dataclasses import dataclass
from math import pi

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Cell, map_blocks
from seqbench.knobs import NonNegative, Positive
from seqbench.remedies._haar import haar
from seqbench.remedy import At, Noise, Remedy
from seqbench.remedy.objections import needs_loop
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class NonnormalInit(Remedy):
    """Knobs: gain, a, the size of every eigenvalue; feedforward, d, how far it is from normal."""

    gain: Positive = 1.0
    feedforward: NonNegative = 0.5

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_loop(cell, square=True)

    def initialize(self, params: Tensors, at: At) -> Tensors:
        return map_blocks(at.cell, params, "recurrent", lambda U, _: self._drawn(len(U), at.noise))

    def _drawn(self, n: int, noise: Noise) -> Tensor:
        angles, block = pi * (2 * noise.uniform(n // 2) - 1), torch.arange(n) // 2
        turns = torch.block_diag(*map(_turn, angles), torch.eye(n % 2))
        above = noise.normal(n, n) * (block > block[:, None]) / n**0.5
        P = haar(n, noise).double()
        return (P @ (self.gain * turns + self.feedforward * above).double() @ P.mT).float()


def _turn(angle: Tensor) -> Tensor:
    return torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()]).reshape(2, 2)
