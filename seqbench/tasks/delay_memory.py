"""Short-term memory capacity: the input of k steps ago, for all k from 1 to K at once.

    step    0   1   2   3  ...  20  21  ...                 K = 20
    input  .4 -.9  .1  .7  ... -.2  .6  ...                 uniform in -1..1, independent
    asked                      x19 x20  ...                 output  1: one step ago
                               x18 x19  ...                 output  2: two steps ago
                                x0  x1  ...                 output 20; nothing before step K

    capacity = sum over k of cov(x_{t-k}, y_k)^2 / (var(x) var(y_k))       0 to K

The squared correlation is what a linear readout of the best scale would explain. Chance is 0, and
no network of N linear units that forgets has more than N. Training minimizes the squared error.
Solved at .95 K: all delays but one in twenty.
Our deviation: a finite K (the paper sums over all delays), inputs twice as wide as its -.5..+.5.
Not a copy: nothing marks what to keep, and every step has to be given up again after K.
Source: jaeger2001memory
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor

from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, IoShape, Regression
from seqbench.task.pooled import Pooled


@dataclass(frozen=True, kw_only=True)
class DelayMemory(Pooled, Regression):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"
    metric: ClassVar[str] = "memory_capacity"
    larger_is_better: ClassVar[bool] = True

    length: Size = 80
    delays: Size = 20

    inputs, chance = 1, 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.delays >= self.length:
            raise InputError(
                f"DelayMemory: delays is {self.delays} of {self.length} steps. Allowed: less than "
                "length. Change one of them."
            )

    @property
    def outputs(self) -> int:
        return self.delays

    @property
    def lag(self) -> int:
        return self.delays

    @property
    def perfect(self) -> float:  # type: ignore[override]
        return float(self.delays)

    @property
    def pass_mark(self) -> float:
        return 0.95 * self.delays

    def sample(self, n: int, stream: Generator) -> Batch:
        x = 2 * torch.rand(self.length, n, generator=stream) - 1
        steps = torch.arange(self.length)
        past = steps[:, None] - torch.arange(1, self.delays + 1)  # (T, K)
        y = x[past.clamp(min=0)].mT  # (T, n, K)
        asked = (steps >= self.delays).float()[:, None].repeat(1, n)
        return Batch(x=x[..., None], y=y * asked[..., None], mask=asked)

    def decide(self, outputs: Tensor, batch: Batch) -> Tensor:
        """Of a sequence and a delay: mean, variance, and covariance with the answers. (3 K, B)"""
        out, y = self._asked(outputs), self._asked(batch.y)
        level = out.mean(-1, keepdim=True)
        apart = out - level
        both = (apart * (y - y.mean(-1, keepdim=True))).mean(-1)
        return torch.cat([level[..., 0], apart.square().mean(-1), both], -2)

    def judge(self, said: Tensor, batch: Batch) -> Tensor:
        y = self._asked(batch.y)
        level, within, both = said.chunk(3, -2)  # (..., K, B)
        aside, ahead = (z - z.mean(-1, keepdim=True) for z in (level, y.mean(-1)))
        spread = (within + aside**2).mean(-1) * y.var((-2, -1), correction=0)
        explained = (both + aside * ahead).mean(-1) ** 2
        explained = explained / spread.clamp(min=torch.finfo(spread.dtype).tiny)
        return explained.sum(-1).to(batch.y.dtype)

    def _asked(self, values: Tensor) -> Tensor:
        """(..., T, B, K) -> (..., K, B, T - K)"""
        return values[..., self.delays :, :, :].double().movedim(-3, -1).transpose(-3, -2)
