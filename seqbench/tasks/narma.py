"""NARMA: follow a nonlinear system with a memory of ten or twenty steps.

    step    0    1    2   ...  30   31  ...  99            order 10
    input  u0   u1   u2   ... u30  u31  ... u99            uniform in 0...5
    asked                     y31  y32  ... y100           the first 3 orders only listen

    order 10   y_{t+1} = .3 y_t + .05 y_t (y_t + ... + y_{t-9}) + 1.5 u_{t-9} u_t + .1
    order 20   y_{t+1} = tanh(.3 y_t + .05 y_t (y_t + ... + y_{t-19}) + 1.5 u_{t-19} u_t + .01)

Before the first step all is zero. For some inputs order 10 diverges: where y passes 1 (about one
sequence in 1000), the whole sequence is drawn again. What is asked is standardized, so the mean
squared error is the normalized one and chance is 1. Solved at .04 (a root of .2): a weighted sum of
all inputs leaves .14; with products too, the inputs of one order leave .26, those of two .03.
Order 20 follows goudarzi2014; others add .2 after the tanh; without the tanh y diverges.
Our deviation: y starts at zero and what it does until it has settled is heard but not asked.
Not a forecast of y from y: the only input is u.
Source: atiya2000, goudarzi2014
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor

from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, IoShape, Regression

# order: what is added, and mean and standard deviation of y, measured over 20 million steps
SYSTEM = {10: (0.1, 0.388, 0.1085), 20: (0.01, 0.2027, 0.0936)}


@dataclass(frozen=True, kw_only=True)
class Narma(Regression):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"
    on_host: ClassVar[bool] = True

    length: Size = 100
    order: Literal[10, 20] = 10

    inputs, outputs, chance, pass_mark = 1, 1, 1.0, 0.04

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.length <= self.warmup:
            raise InputError(
                f"Narma: length is {self.length}. Allowed for order {self.order}: more than "
                f"{self.warmup}. Change the value."
            )

    @property
    def warmup(self) -> int:
        """Steps until mean and variance of y have settled."""
        return 3 * self.order

    @property
    def lag(self) -> int:
        """y looks back one order itself, and so does each product in it."""
        return 2 * self.order - 1

    def sample(self, n: int, stream: Generator) -> Batch:
        u, y = self._draw(n, stream)
        _, mean, deviation = SYSTEM[self.order]
        asked = (torch.arange(self.length) >= self.warmup).float()[:, None].repeat(1, n)
        return Batch(x=u[..., None], y=((y - mean) / deviation)[..., None], mask=asked)

    def _draw(self, n: int, stream: Generator) -> tuple[Tensor, Tensor]:
        """Inputs and outputs of n systems that stay in bounds, each (T, n)."""
        u = torch.rand(self.length, n, generator=stream) / 2
        y = self._follow(u)
        tame = (y <= 1).all(0)
        if missing := n - int(tame.sum()):
            pairs = zip((u[:, tame], y[:, tame]), self._draw(missing, stream), strict=True)
            u, y = (torch.cat(pair, 1) for pair in pairs)
        return u, y

    def _follow(self, u: Tensor) -> Tensor:
        """y_1 to y_T, for u_0 to u_{T-1}. (T, n) -> (T, n)"""
        constant = SYSTEM[self.order][0]
        past = torch.cat([torch.zeros(self.order - 1, u.shape[1]), u])
        driven = (1.5 * past[: len(u)] * u + constant).unbind()
        y = [u.new_zeros(u.shape[1])] * self.order  # the last `order` values, oldest first
        recent = y[0]  # their sum
        for drive in driven:
            new = y[-1] * (0.3 + 0.05 * recent) + drive
            y.append(new.tanh() if self.order == 20 else new)
            recent = recent + y[-1] - y[-1 - self.order]
        return torch.stack(y[self.order :])
