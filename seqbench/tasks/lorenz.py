"""Lorenz observer: see one coordinate of a chaotic flow, infer the other two.

    step    0    1    2  ...  10   11  ...  59
    input  x_0  x_1  x_2 ... x_10 x_11 ... x_59        .05 units of time apart, standardized
    asked                    y_10 y_11 ... y_59
                             z_10 z_11 ... z_59        the first 10 steps only listen

    dx/dt = 10 (y - x)      dy/dt = x (28 - z) - y      dz/dt = x y - 8/3 z

One x says something of y and less of z: y needs to know how fast x changes, z how fast that
changes, so a few steps back are enough. Integrated by Runge and Kutta's fourth-order rule in steps
of .025, from a random state that has settled on the attractor.
Solved at a mean squared error of .01; from the present x alone .40 is the best, weighted products
of the last 6 reach .006. Chance is 1, as all is standardized.
Our deviation: the paper runs one long series; here every sequence starts elsewhere.
Not a forecast: what is asked happens now.
Source: lorenz1963, lu2017
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator

from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, IoShape, Regression

FLOAT = NDArray[np.float64]
OWN = np.array([[-10.0], [-1.0], [-8 / 3]])  # what x, y, z do to themselves,
CROSS = np.array([[10.0], [28.0], [0.0]])  # what y, x, x do to them,
PRODUCT = np.array([[0.0], [-1.0], [1.0]])  # and what x x, x z, x y do
H, PER_SAMPLE = 0.025, 2  # step of integration, how many of them from one sample to the next
MEAN = np.array([[0.0], [0.0], [23.55]])  # z measured, and with it the deviations
DEVIATION = np.array([[7.92], [9.01], [8.62]])
WARMUP = 10  # samples
SETTLED, LONG = 1024, 1600  # states on the attractor, and the steps that brought them there
AWAY, BACK = 1.0, 20  # how far a start lies from one of them; steps in which it returns


@dataclass(frozen=True, kw_only=True)
class Lorenz(Regression):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"
    past_only: ClassVar[bool] = False
    on_host: ClassVar[bool] = True

    length: Size = 60

    inputs, outputs, lag, chance, pass_mark = 1, 2, 5, 1.0, 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.length <= WARMUP:
            raise InputError(
                f"Lorenz: length is {self.length}. Allowed: more than {WARMUP}. Change the value."
            )

    def sample(self, n: int, stream: Generator) -> Batch:
        near = torch.randint(SETTLED, (n,), generator=stream).numpy()
        away = AWAY * torch.randn(3, n, generator=stream, dtype=torch.float64).numpy()
        state = _later(_settled()[:, near] + away, BACK)
        states = [state]
        for _ in range(self.length - 1):
            states.append(state := _later(state, PER_SAMPLE))
        seen = torch.from_numpy((np.stack(states) - MEAN) / DEVIATION).float().mT  # (T, n, 3)
        asked = (torch.arange(self.length) >= WARMUP).float()[:, None].repeat(1, n)
        return Batch(x=seen[..., :1], y=seen[..., 1:], mask=asked)


@cache
def _settled() -> FLOAT:
    rows = np.random.default_rng(0).standard_normal((3, SETTLED))  # any seed would do
    return _later(MEAN + DEVIATION * rows, LONG)


def _later(v: FLOAT, steps: int) -> FLOAT:
    """The states v (3, n) so many steps later."""
    for _ in range(steps):
        k1 = _slope(v)
        k2 = _slope(v + H / 2 * k1)
        k3 = _slope(v + H / 2 * k2)
        v = v + H / 6 * (k1 + 2 * (k2 + k3) + _slope(v + H * k3))
    return v


def _slope(v: FLOAT) -> FLOAT:
    # no matrix products: they round as the processor likes, and chaos makes that another state
    slope: FLOAT = OWN * v + CROSS * v[[1, 0, 0]] + PRODUCT * v[0] * v[[0, 2, 1]]
    return slope
