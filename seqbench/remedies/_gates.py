"""Initial biases of the gates that decide how long a unit remembers."""

from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Cell, map_blocks


def biased_gates(cell: Cell, params: Tensors, b: Tensor) -> Tensors:
    """New weights whose gates hold on to the past with bias b (1, H) and let the new in with -b.

    Each with the sign that the cell declares; biases of other gates stay as they are. A gate of
    fewer numbers than H takes the first ones.
    """
    signs = cell.forget | {gate: -sign for gate, sign in cell.admit.items()}

    def biased(old: Tensor, gate: str) -> Tensor:
        return (signs[gate] * b[..., : old.shape[-1]]).to(old) if gate in signs else old

    return map_blocks(cell, params, "bias", biased)
