"""Cells of about the same number of weights or of state numbers, instead of the same of units.

    match: units        H is `hidden`
    match: parameters   H is what brings the network's weights closest to those of the same network
                        with an `lstm` of `hidden` units in it; of two equally close, the smaller
    match: state        the same with the numbers that the network carries from one step to the next

Counted is the whole network on its task: layers, directions, front end and readout. The reference
is always an `lstm`, never another cell of the matrix, so that no trial depends on which other cells
a matrix has; an `lstm` itself keeps its `hidden`. So does a cell that carries as many numbers
whatever its units are: none (`memoryless`), or as many as there are outputs (`jordan`).
"""

from collections.abc import Callable
from math import prod

from seqbench import registry
from seqbench.cell import Cell
from seqbench.jobs.state_numbers import carried, looked_at
from seqbench.networks.network import build
from seqbench.task import Task
from seqbench.training import Training

REFERENCE = "lstm"

Size = Callable[[int], int]  # of the network with so many units


def parameters(cell: Cell, task: Task, settings: Training) -> int:
    """The weights of the whole network of a cell on a task.

    Raises:
        InputError: the settings do not fit the cell or the task.
    """
    network = build(cell, task, settings)
    return sum(map(prod, network.shapes(network.sizes(task, settings.hidden)).values()))


def matched(cell: Cell, task: Task, settings: Training) -> Training:
    """The settings, with `hidden` solved where they ask for as many weights or state numbers.

    Raises:
        InputError: the settings do not fit the cell or the task.
    """
    if settings.match == "units":
        return settings
    step = 2 if settings.bidirectional else 1  # each direction gets half
    measure = _states if settings.match == "state" else _weights
    size = measure(cell, task, settings)
    goal = measure(registry.load_cell(REFERENCE), task, settings)(settings.hidden)
    units = _closest(lambda half: size(half * step), goal, settings.hidden // step)
    return settings.model_copy(update={"hidden": units * step})


def _weights(cell: Cell, task: Task, settings: Training) -> Size:
    return lambda units: parameters(cell, task, settings.model_copy(update={"hidden": units}))


def _states(cell: Cell, task: Task, settings: Training) -> Size:
    network = build(cell, task, settings)
    parts = looked_at(cell, network.sizes(task, settings.hidden))
    return lambda units: carried(network, network.sizes(task, units), parts)


def _closest(size: Size, goal: int, usual: int) -> int:
    """The units whose size comes closest to the goal; `usual` where size does not grow with them.

    size: does not fall as units grow.
    """
    if size(2 * usual) == size(usual):
        return usual
    below, above = 1, 2
    while size(above) < goal:
        below, above = above, 2 * above
        if size(above) == size(below):
            return usual
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (middle, above) if size(middle) < goal else (below, middle)
    return min((below, above), key=lambda units: abs(size(units) - goal))
