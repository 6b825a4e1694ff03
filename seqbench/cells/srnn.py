"""Shuffling recurrent network (SRNN)

    k_t = relu(x_t W^T + b)                  K = H units that hear the input only
    n_t = (k_t V^T + c) * s(x_t W_z^T + b_z)
    h_t = relu(P h_{t-1} + n_t)              P moves every unit's number on to the next unit

Gradient: a step back multiplies it by a permutation and by 1 or 0: it never explodes, and does not
vanish on its way as long as the units that it passes are active; a silent one ends it.
Not an orthogonal network that learns its rotation: nothing in the loop is trained. All that is
learned is what enters, and how it is read out.
Our deviation: one hidden layer of H units between x and n, where the authors' code has 64.
Source: rotman2021
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class Srnn(Cell):
    family: ClassVar[Family] = "simple"
    gates: ClassVar[tuple[str, ...]] = ("h", "z")
    admit: ClassVar[dict[str, int]] = {"z": 1}

    def letters(self, units: int) -> dict[str, int]:
        return {"K": units}

    def params(self) -> dict[str, Param]:
        return {
            "W": Param("K", "I", "input"),
            "b": Param("1", "K", "bias"),
            "V": Param("H", "K", "input"),
            "c": Param("1", "H", "bias"),
            "W_z": Param("H", "I", "input", ("z",)),
            "b_z": Param("1", "H", "bias", ("z",)),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        k = torch.relu(x @ params["W"].mT + params["b"])
        z = torch.sigmoid(x @ params["W_z"].mT + params["b_z"])
        moved = torch.cat([h[..., -1:], h[..., :-1]], -1)
        return (torch.relu(moved + (k @ params["V"].mT + params["c"]) * z),)
