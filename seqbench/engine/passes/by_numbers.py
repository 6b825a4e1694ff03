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

from seqbench.engine.dispatch import TensorMode

ATEN = torch.ops.aten
PLAIN = (ATEN.mm.default, ATEN.mv.default)
ADDED = (ATEN.addmm.default, ATEN.addmv.default)
SHORT = (torch.bfloat16, torch.float16)  # summed as float32, as torch does
BATCHED = {ATEN.bmm.default: 0, ATEN.baddbmm.default: 1}  # the place of the first factor


def is_product(func: OpOverload, args: Sequence[Any]) -> bool:
    """Whether the trials may lie along the rows of one factor."""
    place = BATCHED.get(func)
    return func in PLAIN or func in ADDED or (place is not None and len(args[place]) == 1)


def by_numbers(func: OpOverload, args: Sequence[Any], words: Mapping[str, Any]) -> Tensor:
    """Number by number: what `func` gives, to rounding."""
    kind, (a, b) = args[-1].dtype, args[-2:]
    if kind in SHORT:
        a, b = a.float(), b.float()
    vector = b.dim() == 1
    columns = b.unsqueeze(-1) if vector else b
    made = (a.unsqueeze(-2) * columns.mT.unsqueeze(-3)).sum(-1, dtype=a.dtype)  # (..., n, m)
    made = (made.squeeze(-1) if vector else made).to(kind)
    return added(made, args[:-2], words)


def added(made: Tensor, plus: Sequence[Tensor], words: Mapping[str, Any]) -> Tensor:
    """A product with its factor `alpha`, and `beta` times what is added, if anything is.

    A `beta` of 0 stands for nothing, not for 0 times what may be infinite.
    """
    alpha, beta = words.get("alpha", 1), words.get("beta", 1)
    made = made if alpha == 1 else alpha * made
    return beta * plus[0] + made if plus and beta else made


class ByNumbers(TensorMode):
    """While this is active, products of plain matrices are summed number by number."""

    def compute(self, func: OpOverload, args: Sequence[Any], words: Mapping[str, Any]) -> Any:
        return by_numbers(func, args, words) if is_product(func, args) else func(*args, **words)
