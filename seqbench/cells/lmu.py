"""Legendre memory unit (LMU)

    u_t = x_t e_x^T + h_{t-1} e_h^T + m_{t-1} e_m^T     one number
    m_t = m_{t-1} A^T + u_t B^T                         D numbers: what u was over theta steps
    h_t = tanh(x_t W^T + h_{t-1} U^T + m_t M^T)         A and B are not trained

Gradient: along m a delay line, of fixed A, hands back what reached it within theta steps and lets
go of what is older; through h and the three e it can vanish and explode as in the simple network.
Not a memory of all the past. Not keras-lmu's defaults, where u sees neither h nor m.
Our deviation: e_m begins at 0. A, B: theta m' = F m + G u, u held over a step (zero-order hold);
F_ij = -2i - 1 above the diagonal, else (2i + 1) (-1)^(i - j + 1), and G_i = F_ij for j = -1.
Source: voelker2019
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import torch
from scipy.linalg import expm
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param
from seqbench.knobs import Size


@dataclass(frozen=True, kw_only=True)
class Lmu(Cell):
    family: ClassVar[Family] = "dynamical"
    state: ClassVar[tuple[str, ...]] = ("h", "m")
    order: Size = 32  # D: how finely the window is kept
    theta: Size = 100  # the window, in steps

    def letters(self, units: int) -> dict[str, int]:
        return {"D": self.order, "E": 1}  # E: one number

    def params(self) -> dict[str, Param]:
        maps = {"W": "HI", "U": "HH", "M": "HD", "e_x": "EI", "e_h": "EH", "e_m": "ED"}
        return {k: Param(v[0], v[1], "input" if "I" in v else "recurrent") for k, v in maps.items()}

    def start(self, x: Tensor, params: Tensors) -> State:
        return super().start(x, params)[0], x.new_zeros(*x.shape[:-1], self.order)

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        return super().initialize(sizes, stream) | {"e_m": torch.zeros(1, self.order)}

    @cached_property
    def held(self) -> list[list[float]]:
        """B and A: (D, 1 + D)"""
        i, j = np.indices((self.order, 1 + self.order))
        GF = (2 * i + 1) * np.where(i < j - 1, -1.0, (-1.0) ** (i - j))
        return expm(np.pad(GF / self.theta, ((1, 0), (0, 0))))[1:].tolist()

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h, m), BA = state, x.new_tensor(self.held)
        u = x @ params["e_x"].mT + h @ params["e_h"].mT + m @ params["e_m"].mT
        m = torch.cat([u, m], -1) @ BA.expand(*m.shape[:-2], *BA.shape).mT
        return torch.tanh(x @ params["W"].mT + h @ params["U"].mT + m @ params["M"].mT), m
