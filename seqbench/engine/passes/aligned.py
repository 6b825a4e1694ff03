"""Products of matrices whose rows are no whole number of vectors: padded, so that no bit depends on
where in memory a trial's lie.

The linear algebra library may sum in another order where a result begins at an odd address. The
matrices of a stack lie one after the other, so for H = 5 only one trial in four begins at an
address like the first's. While this is active, the columns of both factors are filled up with zeros
to whole vectors, and every trial's matrices begin alike.
"""

from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

VECTOR = 4  # numbers; a multiple of it is where an address is as good as any other


def aligned(units: int, device: torch.device) -> Any:
    """A context for all that is computed with so many hidden units."""
    return _Aligned() if units % VECTOR and device.type == "cpu" else nullcontext()


class _Aligned(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        if func is torch.ops.aten.bmm.default:
            return _product(*args)
        if func is torch.ops.aten.baddbmm.default:
            plus, a, b = args
            words = kwargs or {}
            product = words.get("alpha", 1) * _product(a, b)
            return product + words.get("beta", 1) * plus
        return func(*args, **(kwargs or {}))


def _product(a: Tensor, b: Tensor) -> Tensor:
    """(S, m, k), (S, k, n) -> (S, m, n)"""
    inner, columns = -a.shape[-1] % VECTOR, -b.shape[-1] % VECTOR
    padded = torch.bmm(functional.pad(a, (0, inner)), functional.pad(b, (0, columns, 0, inner)))
    return padded[..., : b.shape[-1]].contiguous()
