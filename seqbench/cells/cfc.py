"""Closed-form continuous-time network (CfC)

    z_t = 1.7159 tanh(0.666 (x_t W^T + h_{t-1} U^T + b))     the backbone, K = H units
    f, g, k = z_t V^T + c                                    three heads, blocks of H
    h_t = (1 - s(f)) * tanh(g) + s(f) * tanh(k)

Gradient: all of it goes through the backbone and the heads, for there is no straight path from the
old h to the new: it can vanish and explode as in the simple network.
Not a gate that holds on: f chooses between two candidates, and no bias of it keeps the old h. Not
the liquid time-constant network, which solves a differential equation at every step.
Our deviation: a step is one unit of time, so one map f, where the authors' code has t_a t + t_b for
a time t; K = H, where its default is 128; weights begin as those of every other cell.
Source: hasani2022
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param, affine


@dataclass(frozen=True, kw_only=True)
class Cfc(Cell):
    family: ClassVar[Family] = "dynamical"
    gates: ClassVar[tuple[str, ...]] = ("h", "f", "g", "k")

    def letters(self, units: int) -> dict[str, int]:
        return {"K": units}

    def params(self) -> dict[str, Param]:
        heads = self.gates[1:]
        return {
            "W": Param("K", "I", "input"),
            "U": Param("K", "H", "recurrent"),
            "b": Param("1", "K", "bias"),
            "V": Param("H", "K", "recurrent", heads),
            "c": Param("1", "H", "bias", heads),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        z = 1.7159 * torch.tanh(0.666 * affine(params, x, *state))
        f, g, k = (z @ params["V"].mT + params["c"]).chunk(3, -1)
        f = torch.sigmoid(f)
        return ((1 - f) * torch.tanh(g) + f * torch.tanh(k),)
