"""GRU with weighted time-delay feedback (tau-GRU)

    u_t = tanh(x_t W_u^T + h_{t-1} U_u^T + b_u)
    z_t = tanh(x_t W_z^T + h_{t-1-d} V^T + b_z)          the state of d steps before
    g_t = s(x_t W_g^T + h_{t-1} U_g^T + b_g)
    a_t = s(x_t W_a^T + h_{t-1} U_a^T + b_a)
    h_t = (1 - g_t) * h_{t-1} + g_t * (u_t + a_t * z_t)

Gradient: the straight path back multiplies it by 1 - g; through z one step goes back d + 1 steps at
once, so on that way it meets as many times fewer matrices.
Not the GRU: no reset, and g lets the new in. Not `skip` or another remedy that mixes old states
into the new one: the delayed state has a matrix and a gate of its own. h is 0 before the start.
Our deviation: d is a number of steps, tau / dt, and small by default; the authors choose tau for a
task.
Source: erichson2022
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param
from seqbench.knobs import Size


@dataclass(frozen=True, kw_only=True)
class TauGru(Cell):
    """Knobs:
    delay:  d, in steps; carried are h and a line of d + 1 states, of which the newest is h again.
    """

    family: ClassVar[Family] = "dynamical"
    state: ClassVar[tuple[str, ...]] = ("h", "past")
    memory: ClassVar[tuple[str, ...]] = ("h",)
    gates: ClassVar[tuple[str, ...]] = ("u", "g", "a", "z")
    forget: ClassVar[dict[str, int]] = {"g": -1}

    delay: Size = 4

    def params(self) -> dict[str, Param]:
        *present, delayed = self.gates
        own = super().params() | {"U": Param("H", "H", "recurrent", tuple(present))}
        return own | {"V": Param("H", "H", "recurrent", (delayed,))}

    def start(self, x: Tensor, params: Tensors) -> State:
        h, _ = super().start(x, params)
        return h, h.repeat_interleave(1 + self.delay, -1)

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h, past), units = state, state[0].shape[-1]
        x_u, x_g, x_a, x_z = (x @ params["W"].mT + params["b"]).chunk(4, -1)
        h_u, h_g, h_a = (h @ params["U"].mT).chunk(3, -1)
        u, z = torch.tanh(x_u + h_u), torch.tanh(x_z + past[..., -units:] @ params["V"].mT)
        g, a = torch.sigmoid(x_g + h_g), torch.sigmoid(x_a + h_a)
        h = (1 - g) * h + g * (u + a * z)
        return h, torch.cat([h, past[..., :-units]], -1)
