"""The recurrent matrices of a cell, each rescaled to a spectral radius."""

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Cell, map_blocks


def with_radius(cell: Cell, params: Tensors, radius: float) -> Tensors:
    """New weights whose square recurrent blocks (H, H) have this spectral radius each."""

    def rescaled(U: Tensor, _: str) -> Tensor:
        finite = U.double().nan_to_num(0, 0, 0)  # eigvals may crash on what is not
        return U * (radius / torch.linalg.eigvals(finite).abs().max()).to(U)

    return map_blocks(cell, params, "recurrent", rescaled)
