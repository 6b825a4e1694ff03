"""Linear recurrent unit (LRU)

    lambda = exp(-exp(nu) + i exp(theta))    H complex numbers, always shorter than 1
    s_t = lambda * s_{t-1} + exp(gamma) * (x_t W^T)        W, C, s complex: re and im apart
    h_t = Re(s_t C^T) + x_t D^T

Gradient: k steps back multiply it by lambda^k and nothing else: it vanishes, but cannot explode.
Not a cell that decides: h is linear in the whole past, so one layer can neither multiply a value by
the mark beside it nor forget on demand.
Our deviation: only the layer, without encoder, normalization, GLU, skip and depth; so D is a matrix
(theirs: a vector), s has H numbers, and W, C, D start as the matrices of every other cell.
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
    """Knobs: lambda begins spread evenly from radius r_min to r_max, at angles up to max_phase."""

    family: ClassVar[Family] = "state_space"
    state: ClassVar[tuple[str, ...]] = ("h", "re", "im")
    memory: ClassVar[tuple[str, ...]] = ("re", "im")
    gates: ClassVar[tuple[str, ...]] = ("h", "re", "im")
    linear: ClassVar[bool] = True

    r_min: Fraction = 0.9
    r_max: Fraction = 0.999
    max_phase: Positive = 6.28

    def params(self) -> dict[str, Param]:
        maps = {"W": Param("H", "I", "input", ("re", "im")), "D": Param("H", "I", "input")}
        loop = {"nu": Param("1", "H", "recurrent"), "theta": Param("1", "H", "recurrent")}
        maps["C"] = Param("H", "H", "input", ("re", "im"))  # not on the loop: h does not come back
        return maps | loop | {"gamma": Param("1", "H", "scale")}

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        tiny = torch.finfo(torch.float32).eps  # |lambda| = 0 or 1: no finite nu
        area, turn = torch.rand(2, 1, sizes["H"], generator=stream).clamp(tiny)
        square = (self.r_min**2 + area * (self.r_max**2 - self.r_min**2)).clamp(tiny, 1 - tiny)
        drawn = {"nu": (-square.log() / 2).log(), "theta": (self.max_phase * turn).log()}
        return super().initialize(sizes, stream) | drawn | {"gamma": (1 - square).log() / 2}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        _, re, im = state
        g, length, angle = params["gamma"].exp(), (-params["nu"].exp()).exp(), params["theta"].exp()
        l_re, l_im = length * angle.cos(), length * angle.sin()
        x_re, x_im = (x @ params["W"].mT).chunk(2, -1)
        re, im = l_re * re - l_im * im + g * x_re, l_re * im + l_im * re + g * x_im
        C_re, C_im = params["C"].chunk(2, -2)
        return re @ C_re.mT - im @ C_im.mT + x @ params["D"].mT, re, im
