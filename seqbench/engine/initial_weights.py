"""The initial weights of a trial: drawn by its cell or cells, changed by its remedy."""

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.engine.faults import blamed
from seqbench.engine.rules import alike, impure
from seqbench.engine.streams import CPU, RowNoise, stream
from seqbench.remedy import At, Remedy


def initial_weights(
    remedy: Remedy, seed: int, network: Cell, sizes: dict[str, int], lag: int
) -> Tensors:
    """A trial's initial weights: the cells' own, then the remedy's change to each of them.

    network: or a single cell. sizes: I, H and O. lag: of the task, in steps.

    Raises:
        Faulty: the remedy raises, or changes names, shapes or types.
    """

    def changed(cell: Cell, weights: Tensors, place: str) -> Tensors:
        noise = RowNoise(seed, f"noise/initialize{place}", 0, CPU)
        with blamed(remedy):
            made = remedy.initialize(weights, At(cell, 0, noise, lag))
            if differs := alike(made, weights):
                raise impure("shape", remedy, "initialize", more=differs)
        return made

    weights = network.initialize(sizes, stream(seed, "init"))
    return network.map_cells(weights, changed)
