"""Sparse one-step approximation of real-time recurrent learning (SnAp-1)

    J_t = M * (A_t J_{t-1} + B_t)      M: 1 where B_t can be other than 0, else 0

Gradient: a weight's way back goes through the units that it feeds itself, in one step, and through
no others: long along a unit's own memory (a gate, a leak), nothing from unit to unit.
Not SnAp-n for n > 1, whose M grows step by step until it is real-time recurrent learning. What it
saves is not saved here: the whole J is computed, then made sparse.
Source: menick2021
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.remedies._influence import ByInfluence, forward_accumulated, jacobians
from seqbench.remedy import At, Rollout

SEVERAL = 32  # sequences of made-up numbers, as a unit may be silent in some


@dataclass(frozen=True, kw_only=True)
class Snap1(ByInfluence):
    def estimate(self, rollout: Rollout, at: At) -> Tensors:
        fed = _fed(at.cell, rollout)
        return forward_accumulated(at.cell, rollout, lambda influence: influence * fed)

    def kept(self, rollout: Rollout, at: At) -> float:
        return float(_fed(at.cell, rollout).sum())  # what is not 0 in M


def _fed(cell: Cell, rollout: Rollout) -> Tensor:
    """1 where a weight feeds a number of the state in one step, (1, n, P), by made-up numbers

    Those of a trained state may be 0 by chance: before the first step all of them are.
    """

    def made_up(part: Tensor, rows: int) -> Tensor:
        numbers = rows * part.shape[-1]
        steps = torch.arange(1, 1 + numbers, dtype=part.dtype, device=part.device)
        return ((steps * 37 % 101 - 50) / 60).view(1, rows, part.shape[-1])

    params = {name: made_up(part, part.shape[-2]) for name, part in rollout.params.items()}
    state = tuple(made_up(part, SEVERAL) for part in rollout.states[0])
    _, by_weight = jacobians(cell, params, state, made_up(rollout.x, SEVERAL))
    return by_weight.ne(0).any(-3).to(rollout.x)
