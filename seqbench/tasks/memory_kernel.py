"""Memory kernels: a weighted sum of the past, with weights of a known shape and reach.

    step    0    1    2   ...  40   41  ...  79          span 40
    input  x0   x1   x2   ... x40  x41  ... x79          normal, independent, variance 1
    asked                     y40  y41  ... y79          y_t = r_1 x_{t-1} + ... + r_40 x_{t-40}

    kernel        r_s, with its squares scaled to a sum of 1
    exponential   exp(-s / scale)                        one leaking unit leaves < .001
    polynomial    1 / (1 + s / scale)                    one leaking unit leaves .03
    delayed       exp(-(s - scale)^2 / 2)                one moment, scale steps back
    oscillating   exp(-s / scale) cos(2 pi s / scale)    what came before is turned over

`scale` is a dial of memory, in steps. As x is independent, chance is a squared error of 1 and what
is left of it says which share of the kernel's squares a network has missed. Solved at .01.
Our deviation: these four shapes are cut off after `span` steps, and their formulas are our own.
Not delay memory, which asks for every delay apart; nothing here is nonlinear.
Source: jiang2025
"""

from dataclasses import dataclass
from math import pi
from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor
from torch.nn import functional

from seqbench.errors import InputError
from seqbench.knobs import Positive, Size
from seqbench.task import Batch, IoShape, Regression


@dataclass(frozen=True, kw_only=True)
class MemoryKernel(Regression):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"

    length: Size = 80
    span: Size = 40
    scale: Positive = 10.0
    kernel: Literal["exponential", "polynomial", "delayed", "oscillating"] = "exponential"

    inputs, outputs, chance, pass_mark = 1, 1, 1.0, 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.scale <= self.span < self.length:
            raise InputError(
                f"MemoryKernel: scale, span and length are {self.scale}, {self.span} and "
                f"{self.length}. Allowed: scale at least 1 and at most span, span less than "
                "length. Change one of them."
            )

    @property
    def lag(self) -> int:
        return self.span

    def weights_by_lag(self) -> Tensor:
        """r_1, r_2, ..., each the weight of the input so many steps ago. (span,)"""
        s = torch.arange(1, self.span + 1) / 1.0
        match self.kernel:
            case "exponential":
                r = (-s / self.scale).exp()
            case "polynomial":
                r = 1 / (1 + s / self.scale)
            case "delayed":
                r = (-((s - self.scale) ** 2) / 2).exp()
            case "oscillating":
                r = (-s / self.scale).exp() * (2 * pi * s / self.scale).cos()
        return r / r.square().sum().sqrt()

    def sample(self, n: int, stream: Generator) -> Batch:
        x = torch.randn(self.length, n, generator=stream)
        past = x[:-1].unfold(0, self.span, 1).flip(-1)  # (T - span, n, span), the newest first
        y = functional.pad((past * self.weights_by_lag()).sum(-1), (0, 0, self.span, 0))
        asked = (torch.arange(self.length) >= self.span).float()[:, None].expand(-1, n)
        return Batch(x=x[..., None], y=y[..., None], mask=asked)
