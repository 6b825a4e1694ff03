"""Zoneout: units that skip an update at random

    training    s_t <- m * s_{t-1} + (1 - m) * s_t     m: 1 with probability p, else 0, per unit
    testing     s_t <- p s_{t-1} + (1 - p) s_t

s: every part of the state that is memory; the readout, too, sees the old value of h.

Gradient: through a unit that keeps its value it passes unchanged, so some ways back over many steps
have no factor below 1.
Not dropout: a unit keeps its past and is not set to 0. Not `leaky`, which mixes by a constant.
Source: krueger2017
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import State
from seqbench.cell import Cell, blend
from seqbench.knobs import Fraction
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_memory, needs_past
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class Zoneout(Remedy):
    """Knobs:
    hidden:  p of h.
    memory:  p of the other parts. The authors took 0.15 for both on permuted images, and 0.05 for h
             and 0.5 for c on text.
    """

    hidden: Fraction = 0.15
    memory: Fraction = 0.15

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_past(cell, task) or needs_memory(cell)

    def advance(self, past: Sequence[State], new: State, at: At) -> State:
        def mix(part: str, before: Tensor, after: Tensor) -> Tensor:
            p = self.hidden if part in at.cell.hiddens else self.memory
            if not at.training:
                return p * before + (1 - p) * after
            return torch.where(at.noise.uniform(*after.shape[-2:]) < p, before, after)

        return blend(at.cell, past[-1], new, mix)
