"""Linear oscillatory state space model (LinOSS)

    z_t = z_{t-1} + dt * (x_t W^T - A * y_n)   n = t (implicit) or n = t - 1 (implicit-explicit)
    y_t = y_{t-1} + dt * z_t                   H oscillators: y is where they are, z their speed
    h_t = y_t C^T + x_t D^T                    trained are a and d: A = max(0, a), dt = s(d)

Gradient: k steps back multiply it by the k-th power of a 2 x 2 matrix for each oscillator. Its
eigenvalues have the size (1 + dt^2 A)^(-1/2) if implicit, at most 1 for every A, so it cannot
explode exponentially; if implicit-explicit the size is 1 as long as dt^2 A < 4: nothing is lost.
Not coRNN: no tanh and no other oscillator in the loop, so it is linear in the whole past. Not the
damped LinOSS, whose z also loses a part G z.
Our deviation: only the layer, without GELU, GLU, normalization, skip and depth; so D is a matrix
(theirs: a vector), and there are H oscillators. W and C are real, as in the paper (their code:
complex, which is two real oscillators with one A and dt); they and D start as every other matrix.
Source: rusch2025
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class Linoss(Cell):
    """Knobs:
    discretization:  whether z sees the new y (LinOSS-IM) or the old one (LinOSS-IMEX).
    """

    family: ClassVar[Family] = "state_space"
    state: ClassVar[tuple[str, ...]] = ("h", "y", "z")
    memory: ClassVar[tuple[str, ...]] = ("y", "z")
    linear: ClassVar[bool] = True

    discretization: Literal["implicit", "implicit_explicit"] = "implicit"

    def params(self) -> dict[str, Param]:
        maps = {"W": Param("H", "I", "input"), "D": Param("H", "I", "input")}
        maps["C"] = Param("H", "H", "input")  # not on the loop: h does not come back
        return maps | {"a": Param("1", "H", "recurrent"), "d": Param("1", "H", "scale")}

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        a, d = torch.rand(2, 1, sizes["H"], generator=stream)  # as in the authors' code
        return super().initialize(sizes, stream) | {"a": a, "d": d}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (_, y, z), A = state, torch.relu(params["a"])
        dt = 0.5 + 0.5 * torch.tanh(params["d"] / 2)  # the logistic function of d
        z = z + dt * (x @ params["W"].mT - A * y)
        if self.discretization == "implicit":
            z = z / (1 + dt**2 * A)  # where y is y_t, the same as z_t = ... - dt * A * y_t
        y = y + dt * z
        return y @ params["C"].mT + x @ params["D"].mT, y, z
