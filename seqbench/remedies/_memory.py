"""A unit's own memory: what of a state stays without weights from one unit to another.

Found by trying a step whose recurrent weights are 0. Of a part of k H numbers, k neighbors belong
to a unit.
"""

from functools import cache

import torch
from torch import Tensor

from seqbench.cell import Cell, recurrent_names
from seqbench.remedies._fed import Shapes, fed, somewhere, tried

UNITS = 8  # of a cell that is looked at before anything is known of its sizes


@cache
def within(cell: Cell, shapes: Shapes) -> tuple[Tensor, Tensor]:
    """Which ways through a step are left, (n, n), and which numbers stay, (n,); as 0 and 1.

    From a number that stays, to those of its own unit that stay and to all that only speak of them.
    """
    matrices = [name for name in recurrent_names(cell) if cell.params()[name].rows != "1"]
    stays = somewhere(tried(cell, shapes, matrices)[0]).any(0)
    unit = _units(shapes)
    left = stays & ((unit[:, None] == unit) | ~stays[:, None])
    return left.to(shapes.dtype), stays.to(shapes.dtype)


@cache
def reached(cell: Cell, shapes: Shapes) -> float:
    """From how many weights these ways lead to a number that stays, summed over such numbers."""
    left, stays = within(cell, shapes)
    left = left * somewhere(tried(cell, shapes)[0])
    found, more = None, fed(cell, shapes)
    while found is None or not torch.equal(found, more):
        found, more = more, ((left @ more + more) > 0).to(more)
    return float((found * stays[:, None]).sum())


def shared(cell: Cell) -> str | None:
    """The objection to a cell with a memory that is of no unit: as wide whatever their number."""
    few, many = (Shapes.born(cell, units) for units in (UNITS, 2 * UNITS))
    of_none = [a == b or a % UNITS > 0 for a, b in zip(few.state, many.state, strict=True)]
    if not any(of_none):
        return None
    stays = within(cell, few)[1] * fed(cell, few).any(-1)
    for name, alike, part in zip(cell.state, of_none, stays.split([*few.state]), strict=True):
        if alike and part.any():
            return f"A part of the cell's memory ({name}) is of no unit."
    return None


@cache
def leak(cell: Cell, shapes: Shapes) -> Tensor:
    """What every number keeps in a step without recurrent weights, (n,), of a cell that `leaks`."""
    return _alone(cell, shapes)[0].diagonal()


def leaks(cell: Cell) -> str | None:
    """The objection to a cell whose units keep no fixed share; what is no unit keeps nothing."""
    by_state = _alone(cell, Shapes.born(cell, UNITS))
    share = by_state[0].diagonal()
    if share[UNITS:].any() or not ((by_state - share.diag()).abs() <= 1e-6).all():
        return "The cell has no leak that is a number: what a unit keeps depends on more."
    return None


def _alone(cell: Cell, shapes: Shapes) -> Tensor:
    """A without recurrent weights, as often as it was tried: (.., n, n)"""
    return tried(cell, shapes, recurrent_names(cell))[0].flatten(0, -3)


def _units(shapes: Shapes) -> Tensor:
    """The unit of every number of a state, (n,); -1: of none."""
    found = []
    for width in shapes.state:
        numbers, each = torch.arange(width, device=shapes.device), width // shapes.units
        ours = width % shapes.units == 0
        found.append(numbers // each if ours else torch.full_like(numbers, -1))
    return torch.cat(found)
