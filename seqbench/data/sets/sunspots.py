"""Yearly sunspot numbers, 1700 to 2008, as statsmodels brings them.

Source: yule1927, clette2014
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from seqbench.data.baselines.constants import variance
from seqbench.data.installed import table
from seqbench.errors import InputError

SHARES = (0.6, 0.8)  # where valid and test begin
FLOAT = NDArray[np.float64]


class Years(NamedTuple):
    """The parts in the order of time, standardized by train's mean and deviation: mean 0 there."""

    train: FLOAT
    valid: FLOAT
    test: FLOAT


@cache
def load() -> FLOAT:
    """Year and sunspot number. (309, 2)

    Raises:
        MissingData: statsmodels is not installed.
    """
    return table("statsmodels", "datasets/sunspots/sunspots.csv", "statsmodels", header=1)


@cache
def years() -> Years:
    """The sunspot numbers of train, valid and test."""
    numbers = load()[:, 1]
    parts = np.split(numbers, [int(share * len(numbers)) for share in SHARES])
    return Years(*((part - parts[0].mean()) / parts[0].std() for part in parts))


def windows(part: FLOAT, length: int) -> FLOAT:
    """Every run of length + 1 years that lies inside one part. (N, length + 1)

    Raises:
        InputError: the part is shorter than that.
    """
    if len(part) <= length:
        raise InputError(
            f"sunspots: length is {length}, but the shortest part of the record has {len(part)} "
            f"years. Allowed: at most {len(part) - 1}. Change the value."
        )
    return sliding_window_view(part, length + 1)


@cache
def constant(length: int, warmup: int) -> float:
    """Mean squared error on test of the best constant."""
    return variance(windows(years().test, length)[:, 1 + warmup :].ravel())


@cache
def autoregression(length: int, warmup: int) -> float:
    """Mean squared error on test of Yule's x_t = a + b x_{t-1} + c x_{t-2}, fitted on train.

    The same windows and the same years count as in the task: warmup >= 1.
    """
    train, test = windows(years().train, 2), windows(years().test, length)
    design = np.column_stack([np.ones(len(train)), train[:, 1], train[:, 0]])
    a, b, c = np.linalg.lstsq(design, train[:, 2], rcond=None)[0]
    said = a + b * test[:, warmup:-1] + c * test[:, warmup - 1 : -2]
    return float(np.square(said - test[:, 1 + warmup :]).mean())
