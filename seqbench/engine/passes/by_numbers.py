"""Products of two plain matrices: no bit of a trial may depend on how many rows there are.

A stack's own products are batched, one trial's matrices at a time. Who multiplies weights by a
constant gives the linear algebra library the rows of all trials as one matrix, and their number
decides in which order it sums. While `ByNumbers` is active, every number of such a product is
summed by itself.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload

from seqbench.engine.dispatch import Mode

ATEN = torch.ops.aten
PLAIN = (ATEN.mm.default, ATEN.mv.default)
ADDED = (ATEN.addmm.default, ATEN.addmv.default)
BATCHED = {ATEN.bmm.default: 0, ATEN.baddbmm.default: 1}  # the place of the first factor


def is_product(func: OpOverload, args: Sequence[Any]) -> bool:
    """Whether the trials may lie along the rows of one factor."""
    place = BATCHED.get(func)
    return func in PLAIN or func in ADDED or (place is not None and len(args[place]) == 1)


def by_numbers(func: OpOverload, args: Sequence[Any], words: Mapping[str, Any]) -> Tensor:
    """Number by number: what `func` gives, to rounding."""
    plus, (a, b) = args[:-2], args[-2:]
    vector = b.dim() == 1
    columns = b.unsqueeze(-1) if vector else b
    made = (a.unsqueeze(-2) * columns.mT.unsqueeze(-3)).sum(-1)  # (..., n, m)
    made = made.squeeze(-1) if vector else made
    if not plus:
        return made
    return words.get("beta", 1) * plus[0] + words.get("alpha", 1) * made


class ByNumbers(Mode):
    """While this is active, products of plain matrices are summed number by number."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        if is_product(func, args):
            return by_numbers(func, args, kwargs or {})
        return func(*args, **(kwargs or {}))
