"""Blocks of gated cells, and biases that push their gates."""

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Cell
from tests.helpers.cells import H


def blocks(row: Tensor, width: int = H) -> tuple[Tensor, ...]:
    return row.split(width, -1)


def zeros(count: int) -> Tensor:
    return torch.zeros(count * H, dtype=torch.float64)


def push(cell: Cell, params: Tensors, gates: dict[str, int], by: float) -> Tensors:
    """The weights with a bias of size `by` in each of these gates, with the gate's sign."""
    row, names = params["b"].clone(), cell.params()["b"].gates
    for gate, sign in gates.items():
        row[:, names.index(gate) * H :][:, :H] = sign * by
    return params | {"b": row}
