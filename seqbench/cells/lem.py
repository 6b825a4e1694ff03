"""Long expressive memory (LEM)

    p_t = dt s(x_t W_p^T + h_{t-1} U_p^T + b_p)          how far z moves
    q_t = dt s(x_t W_q^T + h_{t-1} U_q^T + b_q)          how far h moves
    z_t = (1 - p_t) * z_{t-1} + p_t * tanh(x_t W_z^T + h_{t-1} U_z^T + b_z)
    h_t = (1 - q_t) * h_{t-1} + q_t * tanh(x_t W_h^T + z_t U_h^T + b_h)      h sees the NEW z

Gradient: the straight paths back multiply it by 1 - p and 1 - q, which the cell can hold near 1;
the paths through tanh carry a factor p or q, so what holds on to the past also keeps them small.
Not a GRU: there are two states, each with a time of its own, and no reset. Not h from the old z.
All weights and biases start uniform within 1 / sqrt(H), as in the authors' code: for U that is the
`gain` 1 / sqrt(3).
Source: rusch2022
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, hold_on
from seqbench.knobs import Positive


@dataclass(frozen=True, kw_only=True)
class Lem(Cell):
    """Knobs:
    dt:  the longest time that can pass in one step; 1 makes p and q ordinary gates.
    """

    family: ClassVar[Family] = "dynamical"
    state: ClassVar[tuple[str, ...]] = ("h", "z")
    gates: ClassVar[tuple[str, ...]] = ("p", "q", "z", "h")
    forget: ClassVar[dict[str, int]] = {"p": -1, "q": -1}

    dt: Positive = 1.0
    gain: Positive = 0.57735027

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        weights = super().initialize(sizes, stream)
        for name in self.params():
            within = (self.gain * 3**0.5 if name == "U" else 1) / sizes["H"] ** 0.5
            weights[name] = (2 * torch.rand(weights[name].shape, generator=stream) - 1) * within
        return hold_on(self, weights)

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, z = state
        U_pqz, U_h = params["U"].tensor_split([3 * h.shape[-1]], -2)
        x_p, x_q, x_z, x_h = (x @ params["W"].mT + params["b"]).chunk(4, -1)
        h_p, h_q, h_z = (h @ U_pqz.mT).chunk(3, -1)
        p, q = self.dt * torch.sigmoid(x_p + h_p), self.dt * torch.sigmoid(x_q + h_q)
        z = (1 - p) * z + p * torch.tanh(x_z + h_z)
        return (1 - q) * h + q * torch.tanh(x_h + z @ U_h.mT), z
