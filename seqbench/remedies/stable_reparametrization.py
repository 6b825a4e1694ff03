"""Stable reparametrization of the eigenvalues of an element-wise loop (StableSSM)

    u = 1 - 1 / (w^2 + 1/2)      w: what is trained, a number for each unit; begins at the cell's u

Gradient: |u| < 1 however w is trained, so the loop cannot explode. What a step adds to all that
come, 1 / (1 - u), has the slope 1 / (1 - u)^2 by u, but 2 w by w: it grows no faster than w.
Not a cap (`recurrent_bound`): the slope is as steep below it. Not exp(-exp(w)), which `lru` has.
Our deviation: theirs is for linear cells, in their code -1 / (w^2 + 1/10) per unit of time.
Source: wang2024
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor
from torch.autograd.functional import jacobian

from seqbench.axes import Tensors
from seqbench.cell import Cell, recurrent_names
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_loop
from seqbench.task import Task

LONGEST = 1 - 1e-4  # u to begin with


@dataclass(frozen=True, kw_only=True)
class StableReparametrization(Remedy):
    alone: ClassVar[bool] = True

    def suits(self, cell: Cell, task: Task) -> str | None:
        vectors = [cell.params()[name].rows == "1" for name in recurrent_names(cell)]
        if len(cell.state) == 1 and vectors == [True] and _multiplies(cell):
            return None
        return needs_loop(cell) or "No vector of weights is all that its state is multiplied by."

    def initialize(self, params: Tensors, at: At) -> Tensors:
        (name,) = recurrent_names(at.cell)
        memory = 1 / (1 - params[name].clamp(-1, LONGEST))
        return params | {name: (memory - 0.5).sqrt()}

    def reparametrize(self, params: Tensors, at: At) -> Tensors:
        (name,) = recurrent_names(at.cell)
        return params | {name: 1 - 1 / (params[name].square() + 0.5)}


def _multiplies(cell: Cell) -> bool:
    """Whether a step's slope, from a state of zeros, is diagonal and as long as the vector."""
    params = cell.initialize({"I": 1, "H": 8, "O": 1}, Generator().manual_seed(0))
    (name,), x = recurrent_names(cell), torch.ones(1, 1)

    def slope(u: float) -> Tensor:
        seen = params | {name: torch.full_like(params[name], u)}
        J: Tensor = jacobian(lambda h: cell.step(seen, (h,), x)[0][0], torch.zeros(1, 8))
        return J[:, 0]

    plain = slope(1.0).diag().diag()
    alike = [torch.allclose(slope(u), u * plain) for u in (0.0, 0.5, 1.0, 2.0)]
    return all(alike) and bool(plain.any())
