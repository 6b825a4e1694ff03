"""MUT2, the second of the three mutants found by architecture search

    v_t = x_t P^T                                           the input, as wide as h
    r_t = s(v_t + h_{t-1} U_r^T + b_r)                      v_t itself, without weights
    z_t = s(v_t W_z^T + h_{t-1} U_z^T + b_z)
    n_t = tanh(v_t W_n^T + (r_t * h_{t-1}) U_n^T + b_n)
    h_t = z_t * n_t + (1 - z_t) * h_{t-1}

Gradient: the straight path back multiplies it by 1 - z, which the cell can hold near 1; the paths
through n and the gates can still explode.
Not the sign of our `gru`: z lets the new in. Not a matrix of its own from x_t to r, as often seen:
that is the GRU with 1 - z for z, and nothing new.
Our deviation: the paper's r adds x_t itself, which needs as many inputs as units; we project the
input first, as an embedding does, and use v_t wherever the paper has x_t.
Source: jozefowicz2015
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class Mut2(Cell):
    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("r", "z", "n", "v")
    forget: ClassVar[dict[str, int]] = {"z": -1}

    def params(self) -> dict[str, Param]:
        return {
            "P": Param("H", "I", "input", ("v",)),
            "W": Param("H", "H", "input", ("z", "n")),
            "U": Param("H", "H", "recurrent", ("r", "z", "n")),
            "b": Param("1", "H", "bias", ("r", "z", "n")),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        v = x @ params["P"].mT
        v_z, v_n = (v @ params["W"].mT).chunk(2, -1)
        U_rz, U_n = params["U"].split([2 * h.shape[-1], h.shape[-1]], -2)
        b_r, b_z, b_n = params["b"].chunk(3, -1)
        h_r, h_z = (h @ U_rz.mT).chunk(2, -1)
        r = torch.sigmoid(v + h_r + b_r)
        z = torch.sigmoid(v_z + h_z + b_z)
        n = torch.tanh(v_n + (r * h) @ U_n.mT + b_n)
        return (z * n + (1 - z) * h,)
