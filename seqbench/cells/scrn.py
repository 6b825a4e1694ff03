"""Structurally constrained recurrent network (SCRN)

    c_t = (1 - a) x_t B^T + a c_{t-1}                   C slow units: linear, each its own memory
    f_t = s(x_t W^T + f_{t-1} U^T + c_t P^T + b)        F fast units, which hear the new c_t
    h_t = [f_t, c_t]                                    F + C = H: the readout sees both

Gradient: along c a step back multiplies it by a, whatever the weights; along f it vanishes or
explodes as in the simple network, with the logistic function's slope of at most 1/4.
Not torchrecurrent's SCRN, whose fast units hear what an output layer said. Not the authors' code,
where they hear c_{t-1}: this is the paper's equation. Not a trained a, a variant in the paper.
Our deviation: the bias b; the paper's inputs, one word of many at a time, do without.
Source: mikolov2014
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param
from seqbench.knobs import Fraction


@dataclass(frozen=True, kw_only=True)
class Scrn(Cell):
    """Knobs:
    decay:    a, how much of its past a slow unit keeps.
    context:  C / H, the share of slow units; the example in the authors' code has 20 of 120.
    """

    family: ClassVar[Family] = "simple"

    decay: Fraction = 0.95
    context: Fraction = 0.25

    def letters(self, units: int) -> dict[str, int]:
        slow = min(max(round(self.context * units), 1), units - 1)
        return {"F": units - slow, "C": slow}

    def params(self) -> dict[str, Param]:
        return {
            "W": Param("F", "I", "input"),
            "B": Param("C", "I", "input"),
            "U": Param("F", "F", "recurrent"),
            "P": Param("F", "C", "recurrent"),
            "b": Param("1", "F", "bias"),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        f, c = state[0].split([params["U"].shape[-1], params["P"].shape[-1]], -1)
        c = (1 - self.decay) * (x @ params["B"].mT) + self.decay * c
        z = x @ params["W"].mT + f @ params["U"].mT + c @ params["P"].mT + params["b"]
        # s(z), by tanh: torch.sigmoid rounds the end of a buffer otherwise, and F fills no register
        return (torch.cat([(1 + torch.tanh(z / 2)) / 2, c], -1),)
