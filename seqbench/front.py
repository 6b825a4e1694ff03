"""A front end: from a task's raw numbers to the inputs of a cell, for all steps at once.

It stands before the recurrent loop, is trained with it, and is the same for every cell. A task
names the one it needs.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import prod

import torch
from torch import Generator, Tensor
from torch.nn import functional

from seqbench.axes import Tensors
from seqbench.cell import Param, glorot
from seqbench.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Front(ABC):
    """Base of all front ends: raw numbers (..., T, B, raw) -> inputs (..., T, B, width)."""

    @property
    @abstractmethod
    def width(self) -> int:
        """I, the number of inputs that the cell gets at every step."""

    def shapes(self) -> dict[str, tuple[int, int]]:
        """Shapes (rows, columns) of its weights by name, which begins with `front.`"""
        return {}

    def initialize(self, stream: Generator) -> Tensors:
        """Its initial weights."""
        return {name: glorot(shape, stream) for name, shape in self.shapes().items()}

    def params(self) -> dict[str, Param]:
        """Its weights by name, as a cell declares its own."""
        return {
            name: Param("1" if rows == 1 else "front", "front", "front")
            for name, (rows, _) in self.shapes().items()
        }

    def check(self, x: Tensor) -> None:  # noqa: B027 - a front end may know all numbers
        """Refuse raw numbers that it does not know.

        Raises:
            InputError: a symbol beyond the last one, whose row would be another trial's.
        """

    @abstractmethod
    def __call__(self, params: Tensors, x: Tensor, first: int = 0) -> Tensor:
        """The inputs. first: the number of x's first step, where x is a window of a sequence."""


@dataclass(frozen=True, kw_only=True)
class OneHot(Front):
    """One-hot code: x is a symbol's number; out come zeros, and 1 in that symbol's column."""

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
    """Embedding: x is a symbol's number; out comes that symbol's row of a trained table."""

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
    """A small convolutional network for an image at the first step, beside symbols at every step.

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
        """Numbers of one image."""
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
        drawn = super().initialize(stream)
        return {k: torch.zeros_like(v) if v.shape[0] == 1 else v for k, v in drawn.items()}

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
