"""The initial weights of a trial: drawn by its cells, changed by its remedy."""

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.engine.streams import CPU, RowNoise, stream
from seqbench.engine.trial import Trial
from seqbench.networks.network import Network
from seqbench.remedy import At


def initial_weights(trial: Trial, network: Network, sizes: dict[str, int], lag: int) -> Tensors:
    """A trial's initial weights: the cells' own, then the remedy's change to each of them.

    sizes: I, H and O; lag: of the task, in steps.
    """

    def changed(cell: Cell, weights: Tensors, place: str) -> Tensors:
        noise = RowNoise(trial.seed, f"noise/initialize{place}", 0, CPU)
        return trial.remedy.initialize(weights, At(cell, 0, noise, lag))

    weights = network.initialize(sizes, stream(trial.seed, "init"))
    weights = network.map_cells(weights, changed)
    shapes = {k: tuple(v.shape) for k, v in weights.items()}
    assert shapes == network.shapes(sizes), "weights changed their shape"
    return weights
