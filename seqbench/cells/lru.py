"""Linear recurrent unit (LRU)

    lambda = exp(-exp(nu) + i exp(theta))    H complex numbers, always shorter than 1
    s_t = lambda * s_{t-1} + exp(gamma) * (x_t W^T)        W, C, s complex: re and im apart
    h_t = Re(s_t C^T) + x_t D^T

Gradient: k steps back multiply it by lambda^k and nothing else: it vanishes, but cannot explode.
Not a cell that decides: linear in the whole past, it can neither multiply by a mark nor let go.
Our deviation: no encoder, normalization, GLU, skip, depth; s has H numbers; D is a matrix (theirs:
a vector), born as all others (W, C as theirs). As theirs the loop (nu, theta, gamma) learns slower.
Source: orvieto2023
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param
from seqbench.knobs import Fraction, Positive


@dataclass(frozen=True, kw_only=True)
class Lru(Cell):
    family: ClassVar[Family] = "state_space"
    state: ClassVar[tuple[str, ...]] = ("h", "re", "im")
    memory: ClassVar[tuple[str, ...]] = ("re", "im")
    gates: ClassVar[tuple[str, ...]] = ("h", "re", "im")
    linear: ClassVar[bool] = True

    r_min: Fraction = 0.9  # of |lambda| at the start; 0 in the paper's listing, larger by task
    r_max: Fraction = 0.999  # 1 in the listing; in between the area is evenly filled
    max_phase: Positive = 6.28  # as in the listing; smaller where the paper's sequences are long
    pace: Positive = 0.25  # of the loop's learning rate to the common one

    def params(self) -> dict[str, Param]:
        own = {k: Param("H", wide, "input", ("re", "im")) for k, wide in (("W", "I"), ("C", "H"))}
        slow = {k: Param("1", "H", "recurrent", pace=self.pace) for k in ("nu", "theta")}
        slow |= {"gamma": Param("1", "H", "scale", pace=self.pace)}
        return own | slow | {"D": Param("H", "I", "input")}

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        tiny = torch.finfo(torch.float32).eps  # |lambda| = 0 or 1: no finite nu
        area, turn = torch.rand(2, 1, sizes["H"], generator=stream).clamp(tiny)
        square = (self.r_min**2 + area * (self.r_max**2 - self.r_min**2)).clamp(tiny, 1 - tiny)
        W, C = (torch.randn(2 * sizes["H"], sizes[k], generator=stream) for k in "IH")
        drawn = {"nu": (-square.log() / 2).log(), "theta": (self.max_phase * turn).log()}
        drawn |= {"W": W / (2 * sizes["I"]) ** 0.5, "C": C / sizes["H"] ** 0.5}
        return super().initialize(sizes, stream) | drawn | {"gamma": (1 - square).log() / 2}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        _, re, im = state
        g, length, angle = params["gamma"].exp(), (-params["nu"].exp()).exp(), params["theta"].exp()
        l_re, l_im = length * angle.cos(), length * angle.sin()
        x_re, x_im = (x @ params["W"].mT).chunk(2, -1)
        re, im = l_re * re - l_im * im + g * x_re, l_re * im + l_im * re + g * x_im
        C_re, C_im = params["C"].chunk(2, -2)
        return re @ C_re.mT - im @ C_im.mT + x @ params["D"].mT, re, im
