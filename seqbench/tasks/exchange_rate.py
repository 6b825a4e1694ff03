"""Exchange rates: eight currencies to the US dollar, three days ahead.

    step       0     1    ...  167   |
    input    d-168 d-167  ...  d-1   |        8 rates of a day, standardized by train
    asked                       x    |  d+2   all 8 rates, horizon = 3 days after the last one

Score: the root relative squared error (RSE), over all days and rates at once and in rates, not in
standardized values; 1 would be the mean of all rates. Loss: squared error of standardized values.
Chance: the last rates said again (persistence; the best constant, were it better). Exchange
rates are next to random walks, which hardly anything forecasts better (Meese and Rogoff 1983; no
ridge regression that we tried did). So expect no skill above 0; the pass mark is one hundredth
below chance.
Target rate is the literature's, and hard for cells that must say in every digit what they just
heard. Target change asks by how much each rate moves (in units of its usual movement in train);
its score is still the RSE of the rates.
Split as LSTNet's: 60, 20 and 20 % of the days; the first windows of valid and test look back into
the part before, as there; what is asked never does.
Published (RSE, 168 days in, 3 ahead): LSTNet 0.0226, GRU 0.0192 [M]; lai2018
Not a forecast to trade by.
Our deviation: standardized by train; LSTNet divides by each rate's maximum over all days.
Source: lai2018, meese1983
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seqbench.data.sets import exchange_rate
from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, IoShape, Regression, Splits
from seqbench.task.pooled import Pooled
from seqbench.tasks._forecast import direct


@dataclass(frozen=True, kw_only=True)
class ExchangeRate(Pooled, Regression):
    io_shape: ClassVar[IoShape] = "many_to_one"
    metric: ClassVar[str] = "rse"
    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False
    needs: ClassVar[tuple[str, ...]] = ("exchange_rate",)

    past: Size = 168
    horizon: Size = 3
    target: Literal["rate", "change"] = "rate"

    inputs = outputs = exchange_rate.COUNTRIES

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.past + self.horizon > exchange_rate.BORDERS[1]:
            raise InputError(
                f"ExchangeRate: past and horizon are {self.past + self.horizon} days. Allowed: up "
                f"to {exchange_rate.BORDERS[1]}, train's. Change one of them."
            )

    @property
    def lag(self) -> int:
        return self.past - 1

    @property
    def chance(self) -> float:
        return exchange_rate.naive_error(self.past, self.horizon)

    @property
    def pass_mark(self) -> float:
        return 0.99 * self.chance

    def splits(self) -> Splits:
        return _splits(self.past, self.horizon, self.target)

    def decide(self, outputs: Tensor, batch: Batch) -> Tensor:
        """The eight rates in the place of A."""
        return outputs.squeeze(-3).mT

    def judge(self, said: Tensor, batch: Batch) -> Tensor:
        right = self.decide(batch.y, batch)
        mean, deviation = (_column(part, said) for part in exchange_rate.scale())
        origin, unit = mean, deviation
        if self.target == "change":
            origin = batch.x[..., -1, :, :].mT * deviation + mean
            unit = deviation * _column(exchange_rate.change(self.horizon), said)
        errors = ((said - right) * unit).square().mean((-2, -1))
        return (errors / (origin + right * unit).var((-2, -1), correction=0)).sqrt()


def _column(numbers: NDArray[np.float64], like: Tensor) -> Tensor:
    return torch.as_tensor(numbers, dtype=like.dtype, device=like.device)[:, None]


@cache
def _splits(past: int, horizon: int, target: str) -> Splits:
    return Splits(*(_batch(n, past, horizon, target) for n in range(3)))


def _batch(number: int, past: int, horizon: int, target: str) -> Batch:
    x, y = exchange_rate.part(number, past, horizon)
    return direct(x, (y - x[:, -1:]) / exchange_rate.change(horizon) if target == "change" else y)
