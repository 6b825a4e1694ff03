"""Ridge regression readout, in closed form (the echo state network's training)

    [W_out, b_out]^T = (Z^T Z + a N D)^-1 Z^T Y      Z: N rows [h, 1]; D: I, but 0 for the bias

N is in the penalty so that a means the same for any N. A trial takes the a best in validation.
Gradient: none is needed; all weights but the readout's stay as they began.
Not a readout trained by gradient on frozen weights (`freeze_recurrent`).
Source: jaeger2001, lukosevicius2009
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.cell import Cell
from seqbench.errors import InputError
from seqbench.remedy import Check, Remedy
from seqbench.task import Task, speaking


@dataclass(frozen=True, kw_only=True)
class RidgeReadout(Remedy):
    """Knobs: lambdas, the values of a to choose from."""

    lambdas: tuple[float, ...] = (1e-6, 1e-4, 1e-2, 1.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.lambdas or min(self.lambdas) <= 0:
            allowed = "Allowed: one or more numbers above 0. Change the value."
            raise InputError(f"RidgeReadout: lambdas is {self.lambdas!r}. {allowed}")

    def suits(self, cell: Cell, task: Task) -> str | None:
        if cell.reads_output:
            return "The loop runs through the readout, so no states exist before it is solved."
        if task.likelihood:
            return "The task scores probabilities, which least squares does not give."
        if isinstance(task, speaking.Speaking) and task.generates:
            return "The task runs on its own outputs, which states for fixed inputs never met."
        return None

    def solve(
        self, features: Tensor, targets: Tensor, weights: Tensor, check: Check
    ) -> tuple[Tensor, Tensor]:
        root = weights.double().sqrt()[..., None]
        Y, N = root * targets, weights.double().sum(-1)[..., None, None]
        Z = torch.cat([root * features, root], -1)  # (..., N, H + 1)
        D = Z.new_tensor([1.0] * features.shape[-1] + [0.0]).diag()
        best, lowest = torch.full_like(Z.mT @ Y, torch.nan), Y.new_full(Y.shape[:-2], torch.inf)
        for a in self.lambdas:
            solution = torch.linalg.solve_ex(Z.mT @ Z + a * N * D, Z.mT @ Y).result
            lower = (loss := check(*_readout(solution))) < lowest
            best = torch.where(lower[..., None, None], solution, best)
            lowest = torch.where(lower, loss, lowest)
        return _readout(best)


def _readout(solution: Tensor) -> tuple[Tensor, Tensor]:
    return solution[..., :-1, :].mT, solution[..., -1:, :]
