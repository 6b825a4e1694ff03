"""Mass-conserving LSTM (MC-LSTM)

    a_t = [x_t, c_{t-1} / sum |c_{t-1}|]     what gates see; c / 0 counts as 0
    i_t = softmax(a_t W_i^T + b_i)           how the mass x_t1 that comes in is shared out
    o_t = s(a_t W_o^T + b_o)                 how much of a cell goes out
    R_t = softmax(a_t W_R^T + b_R)           H x H: how each cell's mass is shared out, row by row
    m_t = c_{t-1} R_t + i_t x_t1
    c_t = (1 - o_t) * m_t
    h_t = o_t * m_t                          sum h_t + sum c_t = sum c_{t-1} + x_t1

Gradient: through c, with gates held fixed, a step back is a weighted mean times at most 1, so that
way cannot explode; it fades with o, and mixing makes the cells alike. Through gates it can explode.
Not torchrecurrent's MCLSTM, a memory controller LSTM. Not an LSTM that adds what it likes: the
mass is the first column of x, and only how it is shared out is learned.
Our deviation: gates see all of x, its mass included (in the paper, the rest of it), and x may be
negative; one mass; weights begin as in other cells, b_o at -3 and b_R at 1 on the diagonal.
Source: hoedt2021
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param, affine


@dataclass(frozen=True, kw_only=True)
class McLstm(Cell):
    family: ClassVar[Family] = "lstm"
    state: ClassVar[tuple[str, ...]] = ("h", "c")
    memory: ClassVar[tuple[str, ...]] = ("c",)
    gates: ClassVar[tuple[str, ...]] = ("i", "o", "r")
    forget: ClassVar[dict[str, int]] = {"o": -1}

    def letters(self, units: int) -> dict[str, int]:
        return {"Q": units * units}

    def params(self) -> dict[str, Param]:
        groups = (("", "H", ("i", "o")), ("_R", "Q", ("r",)))
        own = {"W" + n: Param(rows, "I", "input", g) for n, rows, g in groups}
        own |= {"U" + n: Param(rows, "H", "recurrent", g) for n, rows, g in groups}
        return own | {"b" + n: Param("1", rows, "bias", g) for n, rows, g in groups}

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        weights, H = super().initialize(sizes, stream), sizes["H"]
        shut = torch.tensor([0.0, -3.0]).repeat_interleave(H)
        return weights | {"b": weights["b"] + shut, "b_R": torch.eye(H).reshape(1, -1)}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        c, total = state[1], state[1].abs().sum(-1, keepdim=True)
        share = c / torch.where(total == 0, 1, total)
        i, o = affine(params, x, share).chunk(2, -1)
        r = x @ params["W_R"].mT + share @ params["U_R"].mT + params["b_R"]
        R = r.unflatten(-1, (c.shape[-1], -1)).softmax(-1)  # (..., B, H, H)
        m = (c.unsqueeze(-1) * R).sum(-2) + i.softmax(-1) * x[..., :1]
        o = torch.sigmoid(o)
        return o * m, (1 - o) * m
