"""Does one sequence notice the others of its batch, or how many there are?"""

import torch

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.engine.purity.experiment import TRIALS, equal, near
from seqbench.engine.purity.given import BATCH, Given
from seqbench.engine.purity.passing import Place, passed
from seqbench.remedy import Remedy


def counts(cell: Cell, remedy: Remedy, some: Given) -> bool:
    """Whether the sequences notice copies of themselves that follow: a few, and many."""
    plain, *more = (
        passed(cell, remedy, some._replace(padding=n), Place(still=True), range(TRIALS))
        for n in (0, BATCH // 2, 15 * BATCH)
    )
    return not all(near(padded, plain) for padded in more)


def mixes(cell: Cell, remedy: Remedy, some: Given, found: Tensors) -> bool:
    """Whether the first sequence notices that all others are a hundred times as large."""
    louder = some._replace(x=some.x * torch.tensor([1.0] + [100.0] * (BATCH - 1))[:, None])
    try:
        heard = passed(cell, remedy, louder, Place(), range(TRIALS))
    except Exception:  # training may never meet such inputs
        return False
    return not equal(_first(found), _first(heard))


def _first(found: Tensors) -> Tensors:
    """The states of the first sequence."""
    return {name: part[..., :1, :] for name, part in found.items() if name.startswith("state")}
