"""Monthly sunspots: Zurich's numbers from 1749 to 1983, forecast one month ahead at every step.

    step        0      1    ...   35     36   ...  143
    input    1749-01   02   ...   12     01   ...             numbers of these months, standardized
    asked                                02   ...  1761-01    the first "warmup" steps only listen

Asked is the next month. Chance: this month said again (persistence; the best constant, were it
better). Solved: an autoregression of 24 months, fitted on train; beyond it, the last cycle of
about 11 years helps, hence the lag.
Our split, in time: 2256, 282 and 282 months, 1749-1936, -1960 and -1983. Train: all runs. Valid and
test: each run asks for its last 18 months, after 126 of listening (some of the part before), so
that each month is asked once.
Published: no agreed reference was found.
Not the smoothed numbers, not the yearly ones (`sunspots`); and not a forecast of a whole cycle.
Source: yule1927, clette2014
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

import numpy as np
import torch

from seqbench.data.sets import monthly_sunspots
from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, IoShape, Regression, Splits

CYCLE = 132  # months, on average


@dataclass(frozen=True, kw_only=True)
class MonthlySunspots(Regression):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"
    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False
    needs: ClassVar[tuple[str, ...]] = ("monthly_sunspots",)

    length: Size = 144
    warmup: Size = 36

    inputs, outputs = 1, 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.warmup < self.length < monthly_sunspots.BORDERS[1]:
            raise InputError(
                f"MonthlySunspots: length is {self.length} and warmup {self.warmup}. Allowed: "
                f"warmup below length below {monthly_sunspots.BORDERS[1]}. Change one of them."
            )

    @property
    def lag(self) -> int:
        return min(CYCLE, self.length - 1)

    @property
    def chance(self) -> float:
        return monthly_sunspots.naive_error()

    @property
    def pass_mark(self) -> float:
        return monthly_sunspots.autoregression()

    def splits(self) -> Splits:
        return _splits(self.length, self.warmup)


@cache
def _splits(length: int, warmup: int) -> Splits:
    return Splits(*(_batch(monthly_sunspots.runs(part, length, warmup)) for part in range(3)))


def _batch(runs: monthly_sunspots.Runs) -> Batch:
    months = torch.from_numpy(runs.months.T.astype(np.float32))[..., None]
    asked = torch.from_numpy(runs.asked.T.astype(np.float32))
    return Batch(x=months[:-1].contiguous(), y=months[1:].contiguous(), mask=asked)
