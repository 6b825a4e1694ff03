"""Elementwise functions of weights: no bit of a trial may depend on where among others its own lie.

torch computes the numbers of a buffer by whole vectors, and those left at its end one by one, by
another routine whose last digit may differ (`sigmoid`, `pow`, `softplus`; which ones, depends on
the machine). For what has one row per sequence the end is filled with copies (`batch_padding`). Of
weights and gradients, which lie trial after trial, the end is the last trials' alone. So where an
update has such a function, all get a buffer of whole vectors while `WholeVectors` is active.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch._ops import OpOverload
from torch.nn import functional

from seqbench.engine.dispatch import TensorMode
from seqbench.engine.passes.batch_padding import LANES
from seqbench.engine.passes.by_numbers import is_product

TRIED = 64 * LANES  # numbers with which a function is tried
LOWEST = (0.01, -3.0)  # of them; the highest is just below 1
UNTAGGED = {  # elementwise, though torch does not say so
    "elu_backward", "hardsigmoid_backward", "hardswish_backward", "hardtanh_backward",
    "leaky_relu_backward", "log_sigmoid_backward", "log_sigmoid_forward", "mish",
    "mish_backward", "softplus_backward",
}  # fmt: skip


class WholeVectors(TensorMode):
    """While this is active, functions whose end differs get whole vectors."""

    def compute(self, func: OpOverload, args: Sequence[Any], words: Mapping[str, Any]) -> Any:
        parts = [*filter(_has_axes, args)]
        if not (parts and parts[0].numel() % LANES and _end_differs(func, args, words)):
            return func(*args, **words)
        made = func(*(_filled(z) if _has_axes(z) else z for z in args), **words)
        shape, strides = parts[0].shape, parts[0].stride()
        if isinstance(made, tuple):
            return tuple(one.as_strided(shape, strides) for one in made)
        if func._schema.is_mutable:
            return args[0].copy_(made.as_strided(shape, strides))
        return made.as_strided(shape, strides)


class Notice(TensorMode):
    """Notices what needs to be computed in another way, however many trials there are.

    Attributes:
        found:     whether there is a function whose end differs.
        products:  whether there is a product of plain matrices.
    """

    def __init__(self) -> None:
        super().__init__()
        self.found = self.products = False

    def compute(self, func: OpOverload, args: Sequence[Any], words: Mapping[str, Any]) -> Any:
        parts = [*filter(_has_axes, args)]
        if parts and not self.found and len(parts[0]) and parts[0][0].numel() % LANES:
            self.found = _end_differs(func, args, words)
        self.products = self.products or is_product(func, args)
        return func(*args, **words)


def _has_axes(given: object) -> bool:
    return isinstance(given, Tensor) and given.dim() > 0


def _filled(x: Tensor) -> Tensor:
    """The numbers as they lie in memory, up to whole vectors."""
    flat = x.as_strided((x.numel(),), (1,))
    return functional.pad(flat, (0, -len(flat) % LANES), value=0.5)


def _end_differs(func: OpOverload, args: Sequence[Any], words: Mapping[str, Any]) -> bool:
    """Whether the last numbers of all these trials are computed in another way than the others."""
    name = func.overloadpacket.__name__.rstrip("_")
    if torch.Tag.pointwise not in func.tags and name not in UNTAGGED:
        return False
    if any(str(one.type) != "Tensor" for one in func._schema.returns) or "out" in words:
        return False
    parts = [*filter(_has_axes, args)]
    if len(parts[0]) == 1 or not _in_a_row(parts):
        return False  # a stack has two trials at least; what is done row by row is so for each
    try:
        return _rough(func, tuple(map(_Given.of, args)), tuple(words.items()))
    except TypeError:  # what cannot be remembered
        return True


def _in_a_row(parts: Sequence[Tensor]) -> bool:
    """Whether the numbers of all lie one after the other, in the same order of axes."""
    layouts = {(part.shape, _strides(part)) for part in parts}
    place, (_, strides) = 1, layouts.pop()
    for stride, size in sorted(strides):
        if stride != place:
            return False
        place *= size
    return not layouts


def _strides(x: Tensor) -> tuple[tuple[int, int], ...]:
    """(stride, size) of every axis that has a second place."""
    return tuple(pair for pair in zip(x.stride(), x.shape, strict=True) if pair[1] > 1)


class _Given(NamedTuple):
    """An argument, without the numbers of a tensor that has axes."""

    plain: Any
    dtype: torch.dtype | None

    @classmethod
    def of(cls, argument: Any) -> "_Given":
        if not isinstance(argument, Tensor):
            return cls(argument, None)
        return cls(None if argument.dim() else argument.item(), argument.dtype)

    def pieces(self, numbers: Tensor, size: int) -> Iterator[Any]:
        """The argument for so many of these numbers at once."""
        for some in numbers.split(size):
            if self.dtype is None:
                yield self.plain
            elif self.plain is not None:
                yield torch.tensor(self.plain, dtype=self.dtype)
            else:
                yield (some > 0.5 if self.dtype == torch.bool else some).to(self.dtype, copy=True)


@lru_cache(maxsize=1024)
def _rough(func: OpOverload, given: tuple[_Given, ...], words: tuple[tuple[str, Any], ...]) -> bool:
    """Whether a piece that is no whole vector comes out otherwise than as a part of a long row."""

    def made(numbers: Tensor, size: int) -> Tensor:
        rows = (numbers.roll(37 * n) for n in range(len(given)))  # no two arguments alike
        calls = zip(*(o.pieces(row, size) for o, row in zip(given, rows, strict=True)), strict=True)
        found = [func(*call, **dict(words)) for call in calls]
        firsts = [one[0] if isinstance(one, tuple) else one for one in found]
        return torch.cat(firsts).nan_to_num()

    try:
        rows = [torch.linspace(low, 0.99, TRIED) for low in LOWEST]
        return any(not torch.equal(made(row, TRIED), made(row, LANES - 1)) for row in rows)
    except Exception:  # it does not take these numbers, so that nobody knows
        return True
