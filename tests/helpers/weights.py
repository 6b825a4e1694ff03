"""What tests of remedies on the weights share: odd cells, random updates, orthogonality."""

from typing import ClassVar

import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.remedy import Remedy
from tests.helpers.remedies import at, initialized

ALWAYS = ("exp_map", "cayley")  # orthogonal at any time
PARAMETRIZATIONS = (*ALWAYS, "spectral_norm")
CHANCE = 1e-4  # a right distribution fails one of these tests in a thousand choices of their seeds


class Contrary(type(registry.load_cell("lstm"))):
    """A forget gate that holds on when it is closed."""

    forget: ClassVar[dict[str, int]] = {"f": -1}


def is_orthogonal(U: Tensor, tolerance: float) -> None:
    eye = torch.eye(U.shape[-1]).to(U).expand_as(U)
    torch.testing.assert_close(U @ U.mT, eye, atol=tolerance, rtol=0)


def after_random_updates(remedy: Remedy, cell: Cell, n: int, rate: float = 0.1) -> Tensors:
    """Weights after n steps along random gradients; between two steps the remedy projects."""
    spot = at(cell)
    weights = remedy.initialize(initialized(cell), spot)
    stream = torch.Generator().manual_seed(3)
    for _ in range(n):
        weights = {k: w - rate * torch.randn(w.shape, generator=stream) for k, w in weights.items()}
        weights = remedy.project(weights, spot)
    return weights
