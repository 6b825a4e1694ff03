"""From a task's raw numbers to what a cell hears, for all steps at once.

A front end is not the loop: it stands before it, is trained with it, and is the same for every
cell. A task names the one it needs.
"""

from dataclasses import dataclass
from math import prod

import torch
from torch import Generator, Tensor
from torch.nn import functional

from seqbench.axes import Tensors
from seqbench.cell import Param, glorot
from seqbench.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Front:
    """Base: x (..., T, B, raw) -> (..., T, B, width)."""

    @property
    def width(self) -> int:
        """How many numbers the cell gets at every step."""
        raise AssertionError(f"{type(self).__name__} does not say its width")

    def shapes(self) -> dict[str, tuple[int, int]]:
        """Of its weights, whose names begin with `front.`"""
        return {}

    def initialize(self, stream: Generator) -> Tensors:
        """Its weights at birth."""
        return {name: glorot(shape, stream) for name, shape in self.shapes().items()}

    def params(self) -> dict[str, Param]:
        return {
            name: Param("1" if rows == 1 else "front", "front", "front")
            for name, (rows, _) in self.shapes().items()
        }

    def check(self, x: Tensor) -> None:
        """Refuse raw numbers that it does not know.

        Raises:
            InputError: a symbol beyond the last one, whose row would be another trial's.
        """

    def __call__(self, params: Tensors, x: Tensor, first: int = 0) -> Tensor:
        """first: the number of x's first step, where not all are there."""
        raise AssertionError(f"{type(self).__name__} does nothing")


@dataclass(frozen=True, kw_only=True)
class OneHot(Front):
    """x is a symbol's number: in its place, one column for every symbol."""

    symbols: int

    @property
    def width(self) -> int:
        return self.symbols

    def check(self, x: Tensor) -> None:
        _known(x, self.symbols)

    def __call__(self, params: Tensors, x: Tensor, first: int = 0) -> Tensor:
        return functional.one_hot(x[..., 0].long(), self.symbols).to(x.dtype)


@dataclass(frozen=True, kw_only=True)
class Embedding(Front):
    """x is a symbol's number: in its place, the symbol's own row of a trained table."""

    symbols: int
    size: int

    @property
    def width(self) -> int:
        return self.size

    def check(self, x: Tensor) -> None:
        _known(x, self.symbols)

    def shapes(self) -> dict[str, tuple[int, int]]:
        return {"front.E": (self.symbols, self.size)}

    def initialize(self, stream: Generator) -> Tensors:
        return {"front.E": torch.randn(*self.shapes()["front.E"], generator=stream)}

    def __call__(self, params: Tensors, x: Tensor, first: int = 0) -> Tensor:
        E = params["front.E"]
        rows = x[..., 0].long()
        trials = torch.arange(prod(E.shape[:-2]), device=x.device).view(*E.shape[:-2], 1, 1)
        return functional.embedding(rows + self.symbols * trials, E.flatten(0, -2))


def _known(x: Tensor, symbols: int) -> None:
    least, most = (int(z) for z in x[..., 0].aminmax())
    if least < 0 or most >= symbols:
        raise InputError(
            f"front end: the task's symbols are {least} to {most}. Allowed: 0 to {symbols - 1}. "
            "Correct the task."
        )


@dataclass(frozen=True, kw_only=True)
class Glance(Front):
    """An image at the first step, symbols at every one: a small convolutional network sees it.

        image (C, side, side) -> 3 x 3 convolution, stride 2, ReLU -> again -> linear, ReLU

    x is [pixels | symbol columns]; out come [size numbers | symbol columns], the numbers being 0
    after the first step.
    """

    side: int
    colors: int
    symbols: int
    size: int
    filters: int = 8

    @property
    def pixels(self) -> int:
        return self.colors * self.side**2

    @property
    def width(self) -> int:
        return self.size + self.symbols

    def shapes(self) -> dict[str, tuple[int, int]]:
        f, left = self.filters, -(-self.side // 4)
        return {
            "front.K1": (f, 9 * self.colors),
            "front.k1": (1, f),
            "front.K2": (2 * f, 9 * f),
            "front.k2": (1, 2 * f),
            "front.L": (self.size, 2 * f * left**2),
            "front.l": (1, self.size),
        }

    def initialize(self, stream: Generator) -> Tensors:
        born = super().initialize(stream)
        return {k: torch.zeros_like(v) if v.shape[0] == 1 else v for k, v in born.items()}

    def __call__(self, params: Tensors, x: Tensor, first: int = 0) -> Tensor:
        if first:
            return torch.cat([x.new_zeros(*x.shape[:-1], self.size), x[..., self.pixels :]], -1)
        image = x[..., 0, :, : self.pixels]  # (..., B, pixels)
        seen = image.unflatten(-1, (self.colors, self.side, self.side))
        for n in ("1", "2"):
            seen = _convolved(seen, params[f"front.K{n}"], params[f"front.k{n}"])
        seen = torch.relu(seen.flatten(-3) @ params["front.L"].mT + params["front.l"])
        once = functional.pad(seen.unsqueeze(-3), (0, 0, 0, 0, 0, x.shape[-3] - 1))
        return torch.cat([once, x[..., self.pixels :]], -1)


def _convolved(x: Tensor, K: Tensor, k: Tensor) -> Tensor:
    """3 x 3, stride 2, ReLU: x (..., B, C, n, n), K (..., F, 9 C), k (..., 1, F)

    -> (..., B, F, m, m), m = n / 2 rounded up
    """
    batch, m = x.shape[-4], -(-x.shape[-1] // 2)
    patches = functional.unfold(x.reshape(-1, *x.shape[-3:]), 3, padding=1, stride=2)
    rows = patches.mT.reshape(*x.shape[:-4], batch * m * m, 9 * x.shape[-3])
    made = torch.relu(rows @ K.mT + k).unflatten(-2, (batch, m * m))
    return made.mT.unflatten(-1, (m, m))
