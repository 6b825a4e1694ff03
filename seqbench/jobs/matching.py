"""Cells of about the same number of weights, instead of the same number of units.

    match: units        H is `hidden`
    match: parameters   H is what brings the network's weights closest to those of the same network
                        with an `lstm` of `hidden` units in it; of two equally close, the smaller

Counted is the whole network on its task: layers, directions, front end and readout. The reference
is always an `lstm`, never another cell of the matrix, so that no trial depends on which other cells
a matrix has; an `lstm` itself keeps its `hidden`.
"""

from math import prod

from seqbench import registry
from seqbench.cell import Cell
from seqbench.networks.network import build
from seqbench.task import Task
from seqbench.training import Training

REFERENCE = "lstm"


def parameters(cell: Cell, task: Task, settings: Training) -> int:
    """The weights of the whole network of a cell on a task.

    Raises:
        InputError: the settings do not fit the cell or the task.
    """
    network = build(cell, task, settings)
    return sum(map(prod, network.shapes(network.sizes(task, settings.hidden)).values()))


def matched(cell: Cell, task: Task, settings: Training) -> Training:
    """The settings, with `hidden` solved where they ask for as many parameters.

    Raises:
        InputError: the settings do not fit the cell or the task.
    """
    if settings.match == "units":
        return settings
    goal = parameters(registry.load_cell(REFERENCE), task, settings)
    step = 2 if settings.bidirectional else 1  # each direction gets half

    def at(units: int) -> Training:
        return settings.model_copy(update={"hidden": units * step})

    def weights(units: int) -> int:
        return parameters(cell, task, at(units))

    below, above = 1, 2
    while weights(above) < goal:
        below, above = above, 2 * above
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (middle, above) if weights(middle) < goal else (below, middle)
    return at(min((below, above), key=lambda units: abs(weights(units) - goal)))
