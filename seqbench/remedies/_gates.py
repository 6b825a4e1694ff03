"""Initial biases of the gates that decide how long a unit remembers."""

from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Cell, map_blocks


def biased_gates(cell: Cell, params: Tensors, b: Tensor) -> Tensors:
    """New weights whose gates hold on to the past with bias b (1, H) and let the new in with -b.

    Each with the sign that the cell declares; biases of other gates stay as they are.
    """
    signs = cell.forget | {gate: -sign for gate, sign in cell.admit.items()}
    return map_blocks(
        cell,
        params,
        "bias",
        lambda old, gate: (signs[gate] * b).to(old) if gate in signs else old,
    )
