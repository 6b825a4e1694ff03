"""A linear recurrence in a number of operations that grows as the logarithm of its length.

    m_t = A_t m_{t-1} + b_t      m: the k parts of the state that are memory. A step leaves units
                                 apart, so A is k x k numbers for every unit, sequence and step

All steps lie side by side as one batch. The cell's own `step` at a memory of zero gives every b,
and its derivative there every A: exact, because the step is affine. Parts that the next step does
not read (h of the LRU) come from one more call with all the pasts that were found.

Memory: about two or three times what the loop keeps. A is k^2 numbers per unit, sequence and step,
held beside b, m and what autograd keeps of `step`, and copied while it is scanned.
The last digits differ from the loop's, because the sums are taken in another order.
torch has an associative scan, too, but not among its public functions.
"""

from collections.abc import Callable, Sequence
from functools import cache

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.nn import functional

from seqbench.axes import State, Tensors
from seqbench.cell import Cell


def supports(cell: Cell) -> str | None:
    """Why this cell cannot be scanned, in a sentence; None if it can."""
    return None if cell.linear else f"{type(cell).__name__} is not linear in its memory."


def sequence(cell: Cell, params: Tensors, x: Tensor) -> State:
    """Every part of the state after every step: x (S, T, B, I) -> (S, T, B, width) each

    For a linear cell; like every cell, it starts at zero. Differentiable once, with respect to x
    and every weight.
    """
    assert cell.linear, supports(cell)
    lengths, rows = x.shape[1:3], x.flatten(1, 2)  # (T, B), (S, T * B, I)
    names = cell.memory or cell.state

    def step(past: Tensors) -> Tensors:
        """Every step at once, each from a past of its own: (S, T * B, width) each"""
        new = cell.step(params, tuple(past.values()), rows)
        return dict(zip(cell.state, new, strict=True))

    past = dict(zip(cell.state, cell.start(rows, params), strict=True))
    if not cell.remembers:
        return tuple(part.unflatten(1, lengths) for part in step(past).values())
    if delays(cell):
        late = {name: _later(part, lengths[1]) for name, part in step(past).items()}
        past |= {name: part for name, part in late.items() if name not in names}
    A, b = linearized(step, past, names)
    memory = _Scan.apply(A.unflatten(-2, lengths), b.unflatten(-2, lengths))  # (k, S, T, B, width)
    if len(names) == len(cell.state):
        return tuple(memory)
    memories = zip(names, memory.flatten(2, 3), strict=True)
    new = step(past | {name: _later(part, lengths[1]) for name, part in memories})
    return tuple(part.unflatten(1, lengths) for part in new.values())


@cache
def delays(cell: Cell) -> bool:
    """Whether a step reads what the last one left outside the memory: its input, say."""
    params, x = cell.initialize({"I": 1, "H": 1, "O": 1}, torch.Generator()), torch.zeros(1, 1)
    kept = cell.memory or cell.state
    start = zip(cell.state, cell.start(x, params), strict=True)
    past = tuple(part if name in kept else part + torch.nan for name, part in start)
    return any(bool(part.isnan().any()) for part in cell.step(params, past, x))


def linearized(
    step: Callable[[Tensors], Tensors], past: Tensors, names: Sequence[str]
) -> tuple[Tensor, Tensor]:
    """A (k, k, S, N, width) and b (k, S, N, width) of N steps: the memory's new parts by its old.

    Row i of A is the gradient of part i: the read-outs beside the memory cost nothing here.
    """

    def memory(*old: Tensor) -> State:
        new = step(past | dict(zip(names, old, strict=True)))
        return tuple(new[name] for name in names)

    b, back, *_ = torch.func.vjp(memory, *(past[name] for name in names))
    one, zero = torch.ones_like(b[0]), torch.zeros_like(b[0])
    rows = [back(tuple(one if j == i else zero for j in range(len(b)))) for i in range(len(b))]
    return torch.stack([torch.stack(row) for row in rows]), torch.stack(b)


def _later(part: Tensor, batch: int) -> Tensor:
    """What every step finds of what the one before it left: (S, T * B, width), zero at first"""
    return functional.pad(part[:, :-batch], (0, 0, batch, 0))


def scan(A: Tensor, b: Tensor) -> Tensor:
    """m_t = A_t m_{t-1} + b_t in place of every b_t, from m = 0. A (T, k, k, ...), b (T, k, ...)

    Two neighbors are one longer step: A'' (A' m + b') + b''. First steps are joined to pairs, pairs
    to fours and so on; then what ends between these is completed. A is overwritten.
    """
    strides = [2**n for n in range((len(b) - 1).bit_length())]
    for d in strides:
        _join(A, b, slice(d - 1, None, 2 * d), slice(2 * d - 1, None, 2 * d))
    for d in reversed(strides):
        _join(A, b, slice(2 * d - 1, None, 2 * d), slice(3 * d - 1, None, 2 * d), last=True)
    return b


def _join(A: Tensor, b: Tensor, left: slice, right: slice, last: bool = False) -> None:
    """Join every step on the right with the one on its left; last: nobody will ask for its A."""
    A_right, b_right = A[right], b[right]
    A_left, b_left = A[left][: len(b_right)], b[left][: len(b_right)]
    parts = range(b.shape[1])
    for j in parts:
        b_right.addcmul_(A_right[:, :, j], b_left[:, j, None])
    if not last:
        product = A_right[:, :, 0, None] * A_left[:, None, 0]
        for j in parts[1:]:
            product.addcmul_(A_right[:, :, j, None], A_left[:, None, j])
        A_right.copy_(product)


class _Scan(torch.autograd.Function):
    """The scan, A (k, k, S, T, ...), b (k, S, T, ...) -> m (k, S, T, ...).

    Backward it is a scan, too, from the last step to the first: the gradient of m_t is its own and
    A_{t+1}^T times the one of m_{t+1}. So nothing but A and m is kept.
    """

    @staticmethod
    def forward(ctx: FunctionCtx, A: Tensor, b: Tensor) -> Tensor:
        m = scan(A.movedim(3, 0).clone(), b.movedim(2, 0).clone()).movedim(0, 2)
        ctx.save_for_backward(A, m)
        return m

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, Tensor]:
        A, m = ctx.saved_tensors  # type: ignore[attr-defined]
        turned = A.transpose(0, 1).movedim(3, 0).flip(0).roll(1, 0)  # its first A meets no m
        db = scan(turned, grad.movedim(2, 0).flip(0)).flip(0).movedim(0, 2)
        dA = torch.zeros_like(A)
        torch.mul(db[:, None, :, 1:], m[None, :, :, :-1], out=dA[:, :, :, 1:])
        return dA, db
