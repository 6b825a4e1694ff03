"""FitzHugh-Nagumo: see the voltage of a model neuron, forecast it.

    step    0    1    2  ...   5    6  ...  99          .4 units of time apart, standardized
    input  v_0  v_1  v_2 ...  v_5  v_6 ... v_99
    asked                     v_15 v_16 ... v_109       10 steps ahead; the first 5 only listen

    dv/dt = v - v^3 / 3 - w + 1/2      dw/dt = (v + .7 - .8 w) / 50

The second variable is never shown. It is slow, and v jumps where it lets it, once in about 150
steps: the present v tells nearly where on the way it is, but not when it jumps. From the present v
alone .073 is the best, weighted products (up to cubes) of the last 3 reach .007, of the last 5
.0014; solved at .01. Chance is 1, as v is standardized. Integrated by Runge and Kutta's
fourth-order rule in steps of .2, from w = 0 and one of 1,024 v in -1..1.
Our deviation: a sequence begins at any moment of the first period, so that the step does not tell
the phase; the paper forecasts one step (there .003 without memory), 1,000 times.
Not chaotic, unlike lorenz and mackey_glass: every start ends on the same cycle.
Source: fitzhugh1961, rusch2022
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, IoShape
from seqbench.task.returning import Forecast

FLOAT = NDArray[np.float64]
STARTS, PERIOD = 1024, 306  # trajectories; samples of one time around the cycle
H, PER_SAMPLE = 0.2, 2  # step of integration, how many of them from one sample to the next
MEAN, DEVIATION = -0.362, 1.454  # of v, measured
WARMUP = 5  # samples


@dataclass(frozen=True, kw_only=True)
class FitzhughNagumo(Forecast):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"
    past_only: ClassVar[bool] = False
    on_host: ClassVar[bool] = True

    length: Size = 100
    ahead: Size = 10

    inputs, outputs, lag, chance, pass_mark = 1, 1, 4, 1.0, 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.length <= WARMUP:
            raise InputError(
                f"FitzhughNagumo: length is {self.length}. Allowed: more than {WARMUP}. "
                "Change the value."
            )

    def sample(self, n: int, stream: Generator) -> Batch:
        start = torch.randint(STARTS, (n,), generator=stream)
        moment = torch.randint(PERIOD, (n,), generator=stream)
        steps = torch.arange(self.length)[:, None] + moment
        known = _voltages(PERIOD + self.length + self.ahead)
        x, y = known[steps, start], known[steps + self.ahead, start]
        asked = (torch.arange(self.length) >= WARMUP).float()[:, None].repeat(1, n)
        return Batch(x=x[..., None], y=y[..., None], mask=asked)


@cache
def _voltages(samples: int) -> Tensor:
    """v of every start, standardized. (samples, starts)"""
    v, w = np.linspace(-1, 1, STARTS), np.zeros(STARTS)
    seen = [v]
    for _ in range(samples - 1):
        for _ in range(PER_SAMPLE):
            v, w = _later(v, w)
        seen.append(v)
    return torch.from_numpy((np.stack(seen) - MEAN) / DEVIATION).float()


def _later(v: FLOAT, w: FLOAT) -> tuple[FLOAT, FLOAT]:
    """The state one step of integration later."""
    slopes = [_slope(v, w)]
    for part in (H / 2, H / 2, H):
        dv, dw = slopes[-1]
        slopes.append(_slope(v + part * dv, w + part * dw))
    (v1, w1), (v2, w2), (v3, w3), (v4, w4) = slopes
    return v + H / 6 * (v1 + 2 * (v2 + v3) + v4), w + H / 6 * (w1 + 2 * (w2 + w3) + w4)


def _slope(v: FLOAT, w: FLOAT) -> tuple[FLOAT, FLOAT]:
    return v - v * v * v / 3 - w + 0.5, (v + 0.7 - 0.8 * w) / 50
