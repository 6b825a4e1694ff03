"""Whether `bound` says what `carry` does: kernels ask the one, the loop the other."""

from collections.abc import Sequence
from math import inf

import torch
from torch import Tensor

from seqbench.axes import Tensors, joint_norm, scaled
from seqbench.cell import Cell
from seqbench.engine.purity.experiment import TRIALS, near
from seqbench.engine.purity.given import TAME, WILD, given
from seqbench.engine.purity.passing import Place
from seqbench.engine.rules import impure
from seqbench.engine.streams import stream
from seqbench.remedy import Remedy

LEFTS = (*range(1, 65), 99, 100, 127, 128, 255, 256, 499, 500, 783, 784, 999, 1000)


def prove_bound(cell: Cell, remedy: Remedy) -> None:
    """Refuse a remedy whose `carry` does not what its `bound` says.

    Raises:
        Impure: names the line, how many steps are to come, and the rule.
    """
    limits = {left: remedy.bound(left) for left in LEFTS}
    known = {left: limit for left, limit in limits.items() if limit is not None}
    if not known:
        return
    if left := next((left for left in LEFTS if left not in known), None):
        raise impure("bound", remedy, "bound", more=f"None where left is {left}")
    for left, limit in known.items():
        if not limit >= 0:
            raise impure("bound", remedy, "bound", more=f"{limit} where left is {left}")
        try:
            ours, theirs = _handed_back(cell, remedy, left, limit)
        except Exception:  # of a `left` that training may never meet
            continue
        if not near(ours, theirs):
            raise impure("bound", remedy, "carry", more=f"left is {left}")


@torch.enable_grad()
def _handed_back(cell: Cell, remedy: Remedy, left: int, limit: float) -> tuple[Tensors, Tensors]:
    """States and gradients behind `carry`, in units of the bound, and what they are by it."""
    draw, tame = stream(left, "purity"), given(cell, Remedy(), TAME)
    past = cell.start(tame.x[:, 0], tame.params)
    new = [torch.randn(part.shape, generator=draw).requires_grad_() for part in past]
    slopes = [torch.randn(part.shape, generator=draw) for part in past]
    unit = limit if 0 < limit < inf else 1.0
    slopes = [scaled(slope, unit * WILD / joint_norm(slopes)) for slope in slopes]
    made = remedy.carry(past, tuple(new), left, Place().at(cell, range(TRIALS)))
    moving = [(part, slope) for part, slope in zip(made, slopes, strict=True) if part.requires_grad]
    back = [torch.zeros_like(part) for part in new]
    if moving:
        parts, given_back = zip(*moving, strict=True)
        back = [*torch.autograd.grad(parts, new, given_back, materialize_grads=True)]
    factor = (limit / joint_norm(slopes)).clamp(max=1)
    bounded = [scaled(slope, factor) for slope in slopes]
    return _named(made, back, unit), _named(new, bounded, unit)


def _named(states: Sequence[Tensor], slopes: Sequence[Tensor], unit: float) -> Tensors:
    parts = enumerate((*states, *(slope / unit for slope in slopes)))
    return {str(n): part.detach() for n, part in parts}
