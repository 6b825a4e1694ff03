"""Exchange rates of eight currencies to the US dollar, every day from 1990 to 2016.

Published with LSTNet, whose split this is: 60, 20 and 20 % in the order of time.

Source: lai2018
"""

from functools import cache

import numpy as np

from seqbench.data import files, guards
from seqbench.data.baselines.forecasts import FLOAT, Windows, windows

COUNTRIES = 8
DAYS = 7588
BORDERS = (0, 4552, 6070, DAYS)


@cache
def load() -> FLOAT:
    """The rates as published. (7588, 8)

    Raises:
        MissingData, InputError: they are not here, or damaged.
    """
    return parse(files.read("exchange_rate", "exchange_rate.txt.gz"))


def parse(blob: guards.Blob) -> FLOAT:
    """What the file holds.

    Raises:
        InputError: another number of days or rates, or a rate that is not positive.
    """
    rates = guards.table(guards.gunzip(blob), COUNTRIES)
    if len(rates) != DAYS:
        raise blob.refused(f"has {len(rates):,} days", f"{DAYS:,}")
    if rates.min() <= 0:
        raise blob.refused("has a rate of 0 or less", "positive rates")
    return rates


@cache
def scale() -> tuple[FLOAT, FLOAT]:
    """Mean and deviation of each rate in train. (8,), (8,)"""
    train = load()[: BORDERS[1]]
    return train.mean(0), train.std(0)


def part(number: int, past: int, horizon: int) -> Windows:
    """Part 0, 1 or 2, standardized: windows, and the rates `horizon` days after their last day.

    All days of a part are asked, but the first of train, before which there is no whole window.
    """
    mean, deviation = scale()
    first = max(BORDERS[number], past + horizon - 1)
    ends = np.arange(first, BORDERS[number + 1]) - (horizon - 1)
    return windows((load() - mean) / deviation, ends, past, np.array([horizon - 1]))


@cache
def change(horizon: int) -> FLOAT:
    """Root mean square of what each standardized rate changes by in so many days of train. (8,)"""
    mean, deviation = scale()
    train = (load()[: BORDERS[1]] - mean) / deviation
    found: FLOAT = np.sqrt(np.square(train[horizon:] - train[:-horizon]).mean(0))
    return found


def rates(standard: FLOAT) -> FLOAT:
    """Back to rates."""
    mean, deviation = scale()
    return standard * deviation + mean


def rse(said: FLOAT, right: FLOAT) -> float:
    """Root relative squared error: over all days and rates at once, as LSTNet defines it."""
    return float(np.sqrt(np.square(said - right).mean() / right.var()))


@cache
def naive_error(past: int, horizon: int) -> float:
    """RSE on test of the last rates said again, or of the best constant: of what is better."""
    test = part(2, past, horizon)
    right = rates(test.y[:, 0])
    return min(rse(rates(test.x[:, -1]), right), rse(right.mean(0), right))
