"""Sunspots: the yearly numbers from 1700 on, forecast one year ahead at every step.

    step      0     1   ...   9    10    11  ...   39
    input    1700  1701 ...  1709 1710  1711 ...  1739     numbers of these years, standardized
    asked                         1711  1712 ...  1740     the first "warmup" steps only listen

Asked is the next year. Two years back suffice for Yule's autoregression of second order, which
sets the pass mark (fitted on train, judged on the same years); beyond it, the last cycle of about
11 years helps, which is why the lag is 11. Train, valid and test follow each other in time.
Not the smoothed or monthly series; and not a forecast of a whole cycle.
Source: yule1927, clette2014
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

import torch

from seqbench.data.sets import sunspots
from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, IoShape, Regression, Splits

CYCLE = 11  # years, on average


@dataclass(frozen=True, kw_only=True)
class Sunspots(Regression):
    io_shape: ClassVar[IoShape] = "many_to_many"
    needs: ClassVar[tuple[str, ...]] = ("sunspots",)
    asked: ClassVar[Literal["last", "every"]] = "every"
    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False

    length: Size = 40
    warmup: Size = 10

    inputs, outputs = 1, 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.warmup >= self.length:
            raise InputError(
                f"Sunspots: warmup is {self.warmup} of {self.length} steps. Allowed: less than "
                "length. Change one of them."
            )

    @property
    def lag(self) -> int:
        return min(CYCLE, self.length - 1)

    @property
    def chance(self) -> float:
        return sunspots.constant(self.length, self.warmup)

    @property
    def pass_mark(self) -> float:
        return sunspots.autoregression(self.length, self.warmup)

    def splits(self) -> Splits:
        return _splits(self.length, self.warmup)


@cache
def _splits(length: int, warmup: int) -> Splits:
    return Splits(*(_batch(part, length, warmup) for part in sunspots.years()))


def _batch(part: sunspots.FLOAT, length: int, warmup: int) -> Batch:
    runs = torch.tensor(sunspots.windows(part, length).T[..., None], dtype=torch.float32)
    asked = (torch.arange(length) >= warmup).float()[:, None].repeat(1, runs.shape[1])
    return Batch(x=runs[:-1], y=runs[1:], mask=asked)
