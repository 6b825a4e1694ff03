"""Monthly sunspot numbers of Zurich, January 1749 to December 1983.

There is no published split; ours is in time: 80, 10 and 10 % of the months.

Source: clette2014
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqbench.data import files, guards
from seqbench.data.baselines.forecasts import FLOAT, linear, naive, windows

MONTHS = 2820
BORDERS = (0, 2256, 2538, MONTHS)
ORDER = 24  # months that the autoregression looks back
FRESH = 18  # months that a run of valid or test asks for; it has listened to those before


class Runs(NamedTuple):
    """Runs of months, (N, length + 1), and which of them (all but the first) are asked."""

    months: FLOAT
    asked: NDArray[np.bool_]


@cache
def load() -> FLOAT:
    """The numbers as published. (2820,)

    Raises:
        MissingData, InputError: they are not here, or damaged.
    """
    return parse(files.read("monthly_sunspots", "monthly-sunspots.csv"))


def parse(blob: guards.Blob) -> FLOAT:
    """What the file holds.

    Raises:
        InputError: other columns, not one row for every month, or a negative number.
    """
    lines = guards.text(blob, "ascii").splitlines()
    if not lines or lines[0] != '"Month","Sunspots"':
        raise blob.refused("has other columns", '"Month","Sunspots"')
    numbers = guards.table(blob, 2, (1,), header=1)[:, 0]
    months = (np.datetime64("1749-01") + np.arange(len(numbers))).astype(str)
    rows = [line.partition(",")[0].strip('"') for line in lines[1:] if line.strip()]
    if len(numbers) != MONTHS or rows != months.tolist():
        raise blob.refused("misses a month, or has one twice", f"{MONTHS:,} months in order")
    if numbers.min() < 0:
        raise blob.refused("has a negative number", "0 and more")
    return numbers


@cache
def standardized() -> FLOAT:
    """With train's mean and deviation: 0 and 1 there. (2820,)"""
    train = load()[: BORDERS[1]]
    return (load() - train.mean()) / train.std()


def runs(part: int, length: int, warmup: int) -> Runs:
    """Of part 0, 1 or 2. Train: all runs inside it; the first `warmup` steps only listen.

    Valid and test: each run asks for its last 18 months, or less, so that each month is asked once;
    what is listened to may lie in the part before.
    """
    first, last = BORDERS[part], BORDERS[part + 1]
    if part == 0:
        starts = np.arange(last - length)
        asked = np.broadcast_to(np.arange(length) >= warmup, (len(starts), length))
    else:
        fresh = min(FRESH, length - warmup)
        starts = np.arange(first, last, fresh) - (length - fresh) - 1
        starts[-1] = last - length - 1
        months = starts[:, None] + 1 + np.arange(length)
        known = np.append(first, months[:-1, -1] + 1)  # the first month that no run asked yet
        asked = months >= known[:, None]
    return Runs(standardized()[starts[:, None] + np.arange(length + 1)], asked)


@cache
def naive_error() -> float:
    """Mean squared error on test of the month before, or of the best constant if that is better."""
    return naive(windows(standardized()[:, None], np.arange(*BORDERS[2:]), 1, np.arange(1)))


@cache
def autoregression() -> float:
    """Mean squared error on test of an autoregression of order 24, fitted on train."""
    months, ahead = standardized()[:, None], np.arange(1)
    train = windows(months, np.arange(ORDER, BORDERS[1]), ORDER, ahead)
    return linear(train, windows(months, np.arange(*BORDERS[2:]), ORDER, ahead))
