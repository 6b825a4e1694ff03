"""Matrices of odd sizes: no bit of a trial may depend on where in memory its own lie.

The linear algebra library may sum in another order where a matrix begins at an odd address. The
matrices of a stack lie one after the other, so for H = 5 only one trial in four begins at an
address like the first's. While this is active, the columns of both factors of a product are filled
up with zeros to whole vectors, so that every trial's begin alike, and what factors matrices gets
them one by one.
"""

from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload
from torch.nn import functional

from seqbench.engine.dispatch import Mode
from seqbench.engine.passes.by_numbers import added, by_numbers, is_product

FACTORED = {
    "_linalg_svd", "_linalg_eigh", "_linalg_eigvals", "_linalg_solve_ex", "_linalg_det",
    "linalg_qr", "linalg_eig", "linalg_lu", "linalg_lu_factor_ex", "linalg_cholesky_ex",
    "linalg_inv_ex", "linalg_householder_product", "linalg_matrix_exp", "linalg_solve_triangular",
    "linalg_lstsq", "_linalg_slogdet", "cholesky_solve", "cholesky_inverse", "geqrf",
}  # fmt: skip
VECTOR = 4  # numbers; a multiple of it is where an address is as good as any other


def aligned(units: int, device: torch.device) -> Any:
    """A context for all that is computed with so many hidden units."""
    return _Aligned() if units % VECTOR and device.type == "cpu" else nullcontext()


class _Aligned(Mode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        if is_product(func, args):
            return by_numbers(func, args, kwargs or {})
        if func is torch.ops.aten.bmm.default:
            return _product(*args)
        if func is torch.ops.aten.baddbmm.default:
            plus, a, b = args
            return added(_product(a, b), [plus], kwargs or {})
        name = func.overloadpacket.__name__
        if name in FACTORED and args[0].dim() > 2:
            return _one_by_one(func, args, kwargs or {})
        return func(*args, **(kwargs or {}))


def _one_by_one(func: OpOverload, args: tuple[Any, ...], words: dict[str, Any]) -> Any:
    """Every trial's matrix by itself, at an address of its own."""
    if args[0].dim() == 2:
        return func(*args, **words)
    rows = range(len(args[0]))
    some = [[z[row].clone() if isinstance(z, Tensor) else z for z in args] for row in rows]
    made = [_one_by_one(func, tuple(one), words) for one in some]
    if isinstance(made[0], Tensor):
        return torch.stack(made)
    return tuple(torch.stack(list(parts)) for parts in zip(*made, strict=True))


def _product(a: Tensor, b: Tensor) -> Tensor:
    """(S, m, k), (S, k, n) -> (S, m, n), S > 1"""
    inner, columns = -a.shape[-1] % VECTOR, -b.shape[-1] % VECTOR
    padded = torch.bmm(functional.pad(a, (0, inner)), functional.pad(b, (0, columns, 0, inner)))
    return padded[..., : b.shape[-1]].contiguous()
