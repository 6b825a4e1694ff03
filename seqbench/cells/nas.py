"""Cell found by neural architecture search (NASCell)

    i, .., p = x_t W^T + h_{t-1} U^T + b     eight blocks of H, of which one is a product:
    l = (x_t W_l^T) * (h_{t-1} U_l^T + b_l)
    v_t = tanh(s(k) + relu(l))
    c_t = v_t * tanh(c_{t-1} + tanh(s(i) * relu(j)))
    h_t = tanh(c_t * tanh(tanh(tanh(m) * s(n)) + s(tanh(o) + s(p))))

Gradient: along c a step back multiplies it by v tanh', which is below 1 whatever the weights, so
what is kept fades: no gate holds on. Through h it can vanish and explode.
Not a search: the cell is what a search on words gave its authors. Not torchrecurrent's, where l is
a sum as well: the paper's drawing and the authors' code in TensorFlow multiply.
Our deviation: b is there, which in the authors' code has to be asked for.
Source: zoph2017
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family


@dataclass(frozen=True, kw_only=True)
class Nas(Cell):
    family: ClassVar[Family] = "lstm"
    state: ClassVar[tuple[str, ...]] = ("h", "c")
    gates: ClassVar[tuple[str, ...]] = ("i", "j", "k", "l", "m", "n", "o", "p")

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, c = state
        from_x = (x @ params["W"].mT).chunk(8, -1)
        from_h = (h @ params["U"].mT + params["b"]).chunk(8, -1)
        i, j, k, _, m, n, o, p = (a + b for a, b in zip(from_x, from_h, strict=True))
        v = torch.tanh(torch.sigmoid(k) + torch.relu(from_x[3] * from_h[3]))
        c = v * torch.tanh(c + torch.tanh(torch.sigmoid(i) * torch.relu(j)))
        left = torch.tanh(torch.tanh(m) * torch.sigmoid(n))
        right = torch.sigmoid(torch.tanh(o) + torch.sigmoid(p))
        return torch.tanh(c * torch.tanh(left + right)), c
