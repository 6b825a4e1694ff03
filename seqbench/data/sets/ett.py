"""Electricity transformer temperature: two stations, every hour from July 2016 to June 2018.

Published with Informer, whose split this is: 12, 4 and 4 months of 30 days; the last hours are
left out. Statistics are those of train. The license allows unchanged copies only (CC BY-ND).

Source: zhou2021
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from seqbench.data import files, guards
from seqbench.data.baselines.forecasts import FLOAT, Windows, linear, naive, windows

VARIABLES = ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT")  # loads, and oil temperature
HOURS = 17_420
MONTH = 30 * 24
BORDERS = (0, 12 * MONTH, 16 * MONTH, 20 * MONTH)


@cache
def load(station: str) -> FLOAT:
    """The numbers as published. (17420, 7)

    Raises:
        MissingData, InputError: they are not here, or damaged.
    """
    return parse(files.read("ett", f"{station}.csv"))


def parse(blob: guards.Blob) -> FLOAT:
    """What a file of the set holds.

    Raises:
        InputError: other columns, or not one row for every hour.
    """
    lines = guards.text(blob, "ascii").splitlines()
    if not lines or lines[0].split(",") != ["date", *VARIABLES]:
        raise blob.refused("has other columns", f"date,{','.join(VARIABLES)}")
    numbers = guards.table(blob, 8, tuple(range(1, 8)), header=1)
    first = np.datetime64("2016-07-01T00:00:00")
    hours = first + np.arange(len(numbers)).astype("timedelta64[h]")
    dates = [line.partition(",")[0].replace(" ", "T") for line in lines[1:] if line.strip()]
    if len(numbers) != HOURS or dates != hours.astype(str).tolist():
        raise blob.refused("misses an hour, or has one twice", f"{HOURS:,} hours in order")
    return numbers


@cache
def standardized(station: str) -> FLOAT:
    """With train's mean and deviation: 0 and 1 there. (17420, 7)"""
    numbers = load(station)
    train = numbers[: BORDERS[1]]
    return (numbers - train.mean(0)) / train.std(0)


def ends(part: int, past: int, horizon: int, every: int = 1) -> NDArray[np.int64]:
    """Of part 0, 1 or 2: the hours before which a window ends. All that is asked lies inside."""
    return np.arange(max(BORDERS[part], past), BORDERS[part + 1] - horizon + 1, every)


def part(
    station: str, variables: str, number: int, past: int, horizon: int, every: int = 1
) -> Windows:
    """Windows of part 0, 1 or 2."""
    series = standardized(station)
    series = series if variables == "all" else series[:, VARIABLES.index(variables), None]
    return windows(series, ends(number, past, horizon, every), past, np.arange(horizon))


@cache
def naive_error(station: str, variables: str, past: int, horizon: int) -> float:
    """On test: of the last values said again, or of the best constant, whatever is better."""
    return naive(part(station, variables, 2, past, horizon))


@cache
def linear_error(station: str, variables: str, past: int, horizon: int) -> float:
    """On test: of a linear map from the window of each variable to what comes."""
    first, _, last = (part(station, variables, n, past, horizon) for n in range(3))
    return linear(first, last)
