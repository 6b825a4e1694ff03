"""LSTM with full gate recurrence (FGR)

    i, f, g, o = x_t W^T + h_{t-1} U^T + b   four blocks of H
    i', f', o' = i_{t-1} R_i^T + f_{t-1} R_f^T + o_{t-1} R_o^T   three blocks of H
    i_t = s(i + i' + p_i * c_{t-1})          all gates see all gates of the step before
    f_t = s(f + f' + p_f * c_{t-1})
    c_t = f_t * c_{t-1} + i_t * tanh(g)
    o_t = s(o + o' + p_o * c_t)
    h_t = o_t * tanh(c_t)                    the gates before the first step are 0

Gradient: as in the peephole LSTM, and by a loop of its own through the gates, R times s' <= 1/4 per
step, which fades quickly unless R is large.
Not a second state that remembers: the gates' activations are carried one step, no further.
Source: greff2017
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Param, affine
from seqbench.cells._peephole import Peephole


@dataclass(frozen=True, kw_only=True)
class LstmFgr(Peephole):
    state: ClassVar[tuple[str, ...]] = ("h", "c", "i", "f", "o")
    memory: ClassVar[tuple[str, ...]] = ("h", "c")
    gates: ClassVar[tuple[str, ...]] = ("i", "f", "g", "o")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    admit: ClassVar[dict[str, int]] = {"i": 1}

    def params(self) -> dict[str, Param]:
        seen = Param("H", "H", "recurrent", ("i", "f", "o"))
        return super().params() | {"R_i": seen, "R_f": seen, "R_o": seen}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, c, i, f, o = state
        R_i, R_f, R_o = (params[name].mT for name in ("R_i", "R_f", "R_o"))
        r_i, r_f, r_o = (i @ R_i + f @ R_f + o @ R_o).chunk(3, -1)
        p_i, p_f, p_o = params["p"].chunk(3, -1)
        i, f, g, o = affine(params, x, h).chunk(4, -1)
        i, f = torch.sigmoid(i + r_i + p_i * c), torch.sigmoid(f + r_f + p_f * c)
        c = f * c + i * torch.tanh(g)
        o = torch.sigmoid(o + r_o + p_o * c)
        return o * torch.tanh(c), c, i, f, o
