"""Intrinsic plasticity: gain and bias of every unit, so that its states are spread like a Gaussian

    h = tanh(a z + b)                       z: what a unit gets from inputs and loop
    b <- b - r d,  a <- a + r (1/a - d z)   d = -m/s^2 + h/s^2 (2 s^2 + 1 - h^2 + m h)

d descends KL(h || N(m, s^2)) at the start, along inputs from N(0, 1); then a scales W, U by rows.
Gradient: it begins with units away from the ends of tanh, where it vanishes, whatever the radius.
Not `critical_init`, one factor for the length of a step back: this looks forward, at every unit.
Our deviation: a remedy has no data at the start, so inputs are noise; steps are means over it.
Source: schrauwen2008
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.knobs import Positive
from seqbench.remedy import At, Remedy
from seqbench.task import Task

STEPS, SEQUENCES, RATE, SMALLEST = 1000, 32, 5e-3, 1e-2  # the last of a


@dataclass(frozen=True, kw_only=True)
class IntrinsicPlasticity(Remedy):
    """Knobs: mean, m, and deviation, s, of the Gaussian."""

    alone: ClassVar[bool] = True
    mean: float = 0.0
    deviation: Positive = 0.3

    def suits(self, cell: Cell, task: Task) -> str | None:
        roles = sorted((param.role, len(param.gates)) for param in cell.params().values())
        simple = roles == [("bias", 1), ("input", 1), ("recurrent", 1)] and len(cell.state) == 1
        return None if simple and _by_tanh(cell) else "Its rule is that of h = tanh(x W + h U + b)."

    def initialize(self, params: Tensors, at: At) -> Tensors:
        (b_0, W, U), m, s = (params[name] for name in _names(at.cell)), self.mean, self.deviation
        a, b, h = torch.ones_like(b_0), torch.zeros_like(b_0), torch.zeros_like(b_0)
        for x in at.noise.normal(STEPS, SEQUENCES, W.shape[-1]).to(W):
            z = x @ W.mT + h @ U.mT + b_0
            h = torch.tanh(a * z + b)
            d = (h * (2 * s**2 + 1 - h**2 + m * h) - m) / s**2
            b = b - RATE * d.mean(-2, keepdim=True)
            a = (a + RATE * (1 / a - (d * z).mean(-2, keepdim=True))).clamp(min=SMALLEST)
        return params | dict(zip(_names(at.cell), (a * b_0 + b, a.mT * W, a.mT * U), strict=True))


def _names(cell: Cell) -> list[str]:  # of b, W and U
    return sorted(cell.params(), key=lambda name: cell.params()[name].role)


def _by_tanh(cell: Cell) -> bool:
    params = cell.initialize({"I": 1, "H": 8, "O": 1}, Generator().manual_seed(0))
    (b, W, U), h = (params[name] for name in _names(cell)), torch.full((1, 8), 0.5)
    return torch.allclose(cell.step(params, (h,), h[:, :1])[0], (W.mT / 2 + h @ U.mT + b).tanh())
