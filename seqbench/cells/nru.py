"""Non-saturating recurrent unit (NRU)

    h_t = relu(x_t W^T + h_{t-1} U^T + m_{t-1} V^T + b)
    p, q, p', q' = h_t P^T + m_{t-1} P_m^T + c       four blocks of sqrt(heads M)
    a, a' = h_t A^T + m_{t-1} A_m^T + d              two blocks of heads
    w, e = L(p q^T), L(p' q'^T)                      heads directions each, of M numbers
    m_t = m_{t-1} + mean over heads of (a w - a' e)  M numbers; L: to length 1 in the 5-norm

Gradient: along m it passes as it is; what is written adds to that, unbounded: it can explode.
Not a gated cell: a and a' are no shares. Our deviation: all begin as in other cells, biases at 0.
Source: chandar2019
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param, affine
from seqbench.knobs import Size


@dataclass(frozen=True, kw_only=True)
class Nru(Cell):
    family: ClassVar[Family] = "simple"
    state: ClassVar[tuple[str, ...]] = ("h", "m")
    gates: ClassVar[tuple[str, ...]] = ("h", "p", "q", "p'", "q'", "a", "a'")

    heads: Size = 4
    root: Size = 2  # M = heads root^2; 64 in the authors' code, and more beside 200 units
    relu: bool = False  # of a and w, a' and e, too

    def letters(self, units: int) -> dict[str, int]:
        return {"K": self.heads, "R": self.heads * self.root, "M": self.heads * self.root**2}

    def params(self) -> dict[str, Param]:
        own = {"W": Param("H", "I", "input"), "U": Param("H", "H", "recurrent")}
        own |= {"V": Param("H", "M", "recurrent"), "b": Param("1", "H", "bias")}
        for key, rows, c, to in (("P", "R", "c", self.gates[1:5]), ("A", "K", "d", self.gates[5:])):
            own |= {key: Param(rows, "H", "recurrent", to), c: Param("1", rows, "bias", to)}
            own |= {f"{key}_m": Param(rows, "M", "recurrent", to)}
        return own

    def start(self, x: Tensor, params: Tensors) -> State:
        return super().start(x, params)[0], x.new_zeros(*x.shape[:-1], params["V"].shape[-1])

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, m = state
        h = torch.relu(affine(params, x, h) + m @ params["V"].mT)
        p, q, r, s = (h @ params["P"].mT + m @ params["P_m"].mT + params["c"]).chunk(4, -1)
        a = (h @ params["A"].mT + m @ params["A_m"].mT + params["d"]).unsqueeze(-1)
        p, q = (torch.cat(z, -1).unflatten(-1, (2, -1)) for z in ((p, r), (q, s)))
        v = (p.unsqueeze(-1) * q.unsqueeze(-2)).flatten(-3).unflatten(-1, (2 * self.heads, -1))
        a, v = (torch.relu(z) if self.relu else z for z in (a, v))
        v = v / v.abs().amax(-1, keepdim=True).detach().clamp(min=1e-5)  # for the rounding
        fifth = (v.square().square() * v.abs()).sum(-1, keepdim=True)
        v = a * v * (fifth + 1e-25) ** -0.2
        return h, m + (v[..., : self.heads, :] - v[..., self.heads :, :]).mean(-2)
