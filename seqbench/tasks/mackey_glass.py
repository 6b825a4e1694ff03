"""Mackey-Glass: forecast a chaotic series of blood cell counts.

    step      0     1     2   ...    99
    input    x_0   x_1   x_2  ...   x_99       one step is one unit of time, standardized
    asked                x_17 ...   x_114      15 units ahead; the first 17 steps only listen

    dx/dt = .2 x(t-17) / (1 + x(t-17)^10) - .1 x(t)

The state of the system is the whole last delay of 17, so that much has to be remembered. Each
sequence comes from a constant past of its own, .5 to 1.5, 200 to 250 units after it. Within one
delay the first term is known beforehand and the equation linear: it is solved by variation of
constants, in steps of .1 (trapezoidal rule), a whole delay at once.
Solved at a mean squared error of .02: a weighted sum of the last 18 values is at .24; with their
products it is at .01, and at .03 if it knows the last 9 only. Chance is 1: all is standardized.
Our deviation: sequences of 100 steps (the paper has 5000), and a rule of integration of our own.
Not free running: every forecast starts from true values.
Source: mackey1977, voelker2019
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor

from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, IoShape
from seqbench.task.returning import Forecast

TAU, H = 17, 0.1  # delay, step of integration
PER_UNIT = round(1 / H)
PAUSE, PERIOD = 200, 50  # before a sequence begins: at least, and for how long it may still wait
MEAN, DEVIATION = 0.930, 0.226  # of x, measured over 12 million units


@dataclass(frozen=True, kw_only=True)
class MackeyGlass(Forecast):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"
    past_only: ClassVar[bool] = False

    length: Size = 100
    ahead: Size = 15

    inputs, outputs, lag, chance, pass_mark = 1, 1, TAU, 1.0, 0.02

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.length <= TAU:
            raise InputError(
                f"MackeyGlass: length is {self.length}. Allowed: more than the delay, {TAU}. "
                "Change the value."
            )

    def sample(self, n: int, stream: Generator) -> Batch:
        steps = self.length + self.ahead
        past = 0.5 + torch.rand(n, generator=stream, dtype=torch.float64)
        begin = PAUSE + torch.randint(PERIOD, (n,), generator=stream)
        x = _integrate(past, PAUSE + PERIOD + steps)
        x = x.gather(0, begin + torch.arange(steps)[:, None])
        x = ((x - MEAN) / DEVIATION).float()[..., None]
        asked = (torch.arange(self.length) >= TAU).float()[:, None].repeat(1, n)
        return Batch(x=x[: self.length], y=x[self.ahead :], mask=asked)


def _integrate(past: Tensor, units: int) -> Tensor:
    """x after 1, 2, ... units of time, for constant pasts. (n,) -> (units, n)"""
    i = torch.arange(TAU * PER_UNIT, dtype=past.dtype)
    fade = torch.exp(-0.1 * H * (i + 1))[:, None]
    kernel = torch.exp(-0.1 * H * (i[:, None] - i)).tril()
    x, found = past.expand(len(i) + 1, -1), []  # the last delay, both ends included
    for _ in range(-(-units // TAU)):
        gain = 0.2 * x / (1 + x**10)
        won = H / 2 * (fade[0] * gain[:-1] + gain[1:])  # in every step of the coming delay
        x = torch.cat([x[-1:], fade * x[-1] + kernel @ won])
        found.append(x[PER_UNIT::PER_UNIT])
    return torch.cat(found)[:units]
