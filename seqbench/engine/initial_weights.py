"""The initial weights of a trial: drawn by its cell or cells, changed by its remedy."""

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.engine.streams import CPU, RowNoise, stream
from seqbench.remedy import At, Remedy


def initial_weights(
    remedy: Remedy, seed: int, network: Cell, sizes: dict[str, int], lag: int
) -> Tensors:
    """A trial's initial weights: the cells' own, then the remedy's change to each of them.

    network: or a single cell. sizes: I, H and O. lag: of the task, in steps.
    """

    def changed(cell: Cell, weights: Tensors, place: str) -> Tensors:
        noise = RowNoise(seed, f"noise/initialize{place}", 0, CPU)
        return remedy.initialize(weights, At(cell, 0, noise, lag))

    weights = network.initialize(sizes, stream(seed, "init"))
    weights = network.map_cells(weights, changed)
    shapes = {k: tuple(v.shape) for k, v in weights.items()}
    assert shapes == network.shapes(sizes), "weights changed their shape"
    return weights
