"""Skip RNN, around a GRU (Skip GRU)

    u = round(c_{t-1})                          0 or 1, one number for all units; c_0 = 1
    n = GRU(x_t, h_{t-1}),  p = s(n P^T + b_P)
    h_t = u n + (1 - u) h_{t-1}
    d_t = u p + (1 - u) d_{t-1}                 how much more it wants to move after each step
    c_t = u p + (1 - u) min(c_{t-1} + d_{t-1}, 1)

Gradient: where u = 0 the state is copied and so is its gradient, so the way back is as many steps
shorter; round has no slope, and the gradient is taken as if it were the identity (straight
through): what follows is an estimate, and so are measurements that need the slope of a step.
Not the remedy `skip` nor a clockwork, whose steps are set beforehand: here the state decides.
Our deviation: no cost for each update; the GRU begins as `gru` (their r and z have biases of 1),
b_P at 1 as theirs. Carried are 1 - c and 1 - d, which begin at 0.
Source: campos2018
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class SkipRnn(Cell):
    family: ClassVar[Family] = "gru"
    state: ClassVar[tuple[str, ...]] = ("h", "1 - c", "1 - d")
    memory: ClassVar[tuple[str, ...]] = ("h",)
    gates: ClassVar[tuple[str, ...]] = ("r", "z", "n", "u")
    forget: ClassVar[dict[str, int]] = {"z": 1}
    surrogate: ClassVar[bool] = True

    def letters(self, units: int) -> dict[str, int]:
        return {"G": 1}

    def params(self) -> dict[str, Param]:
        own = {k: replace(v, gates=self.gates[:3]) for k, v in super().params().items()}
        own |= {"P": Param("G", "H", "recurrent", ("u",))}
        return own | {"b_P": Param("1", "G", "bias", ("u",), start=1.0)}

    def start(self, x: Tensor, params: Tensors) -> State:
        (h,) = super().start(x, params)[:1]
        return h, h[..., :1], h[..., :1]

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, rest, still = state
        u = torch.where(rest < 0.5, 1.0, 0.0)
        u = 1 - rest + (u - (1 - rest)).detach()
        r, z, n = (x @ params["W"].mT + params["b"]).chunk(3, -1)
        U_r, U_z, U_n = (U.mT for U in params["U"].chunk(3, -2))
        r, z = torch.sigmoid(r + h @ U_r), torch.sigmoid(z + h @ U_z)
        n = (1 - z) * torch.tanh(n + (r * h) @ U_n) + z * h
        own = torch.sigmoid(-(n @ params["P"].mT + params["b_P"]))
        rest = u * own + (1 - u) * torch.relu(rest + still - 1)
        return u * n + (1 - u) * h, rest, u * own + (1 - u) * still
