"""Diagonal state space model (S4D)

    u_t = x_t W^T + b                        only W mixes: a unit has one u, d, N complex s, A, C
    s_t = exp(d A) s_{t-1} + A^-1 (exp(d A) - 1) u_t
    h_t = GELU(2 Re(sum C s_t) + D u_t)      trained are log d and the logarithm of -Re A

Gradient: k steps back multiply it by exp(k d A) and nothing else: it vanishes, but cannot explode.
Not S4 (A: diagonal plus low rank). Linear but for GELU. Our deviation: no layers, GLU, norm, skip.
Source: gu2022diagonal
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param
from seqbench.knobs import Positive, Size


@dataclass(frozen=True, kw_only=True)
class S4d(Cell):
    family: ClassVar[Family] = "state_space"
    state: ClassVar[tuple[str, ...]] = ("h", "re", "im")
    memory: ClassVar[tuple[str, ...]] = ("re", "im")
    linear: ClassVar[bool] = True
    pairs: Size = 32  # N; each number stands for itself and its conjugate
    fastest: Positive = 0.001  # learning rate of A and d at most, as theirs

    def letters(self, units: int) -> dict[str, int]:
        return {"S": units * self.pairs}

    def params(self) -> dict[str, Param]:
        own = {"W": Param("H", "I", "input"), "b": Param("1", "H", "bias")}
        own |= {k: Param("1", "S", "recurrent", fastest=self.fastest) for k in ("log_A", "A_im")}
        own |= {k: Param("1", n, "scale") for k, n in (("C_re", "S"), ("C_im", "S"), ("D", "H"))}
        return own | {"log_d": Param("1", "H", "scale", fastest=self.fastest)}

    def start(self, x: Tensor, params: Tensors) -> State:
        return (h := super().start(x, params)[0]), *2 * [h.repeat_interleave(self.pairs, -1)]

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        A_im = torch.pi * torch.arange(self.pairs).repeat(1, sizes["H"])
        C_re, C_im = torch.randn(2, *A_im.shape, generator=stream) / 2**0.5
        log_d = (0.001 * 100 ** torch.rand(1, sizes["H"], generator=stream)).log()
        own = {"A_im": A_im, "log_A": torch.full_like(A_im, 0.5).log(), "C_re": C_re, "C_im": C_im}
        own |= {"log_d": log_d, "D": torch.randn(log_d.shape, generator=stream)}
        return super().initialize(sizes, stream) | own

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (_, re, im), a, w = state, -params["log_A"].exp(), params["A_im"]
        u = x @ params["W"].mT + params["b"]
        d, v = (z.repeat_interleave(self.pairs, -1) for z in (params["log_d"].exp(), u))
        e_re, e_im = (d * a).exp() * (d * w).cos() - 1, (d * a).exp() * (d * w).sin()
        p, q = re + a * v / (a * a + w * w), im - w * v / (a * a + w * w)  # s + u / A
        re, im = re + e_re * p - e_im * q, im + e_re * q + e_im * p
        y = 2 * (params["C_re"] * re - params["C_im"] * im).unflatten(-1, (-1, self.pairs)).sum(-1)
        return torch.nn.functional.gelu(y + params["D"] * u), re, im
