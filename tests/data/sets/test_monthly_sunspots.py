"""Monthly sunspots: every held out month is asked once."""

import csv

import numpy as np
import pytest

from seqbench.data.guards import Blob
from seqbench.data.sets import monthly_sunspots
from tests.helpers.mirror import mirrored
from tests.helpers.places import MIRROR
from tests.helpers.refusals import refuses


@mirrored
@pytest.mark.parametrize(("length", "warmup"), ((144, 36), (40, 10), (400, 1), (7, 6)))
def test_every_held_out_month_is_asked_once(length: int, warmup: int) -> None:
    with (MIRROR / "time_series" / "monthly-sunspots.csv").open() as file:
        numbers = np.array([float(row[1]) for row in list(csv.reader(file))[1:]])
    train = numbers[:2256]
    for part in (1, 2):
        runs = monthly_sunspots.runs(part, length, warmup)
        asked = runs.months[:, 1:][runs.asked] * train.std() + train.mean()
        first, last = monthly_sunspots.BORDERS[part : part + 2]
        np.testing.assert_allclose(asked, numbers[first:last])
        assert not runs.asked[:, :warmup].any()
    runs = monthly_sunspots.runs(0, length, warmup)
    assert runs.asked.sum() == (length - warmup) * (2256 - length)
    np.testing.assert_allclose(runs.months[-1, -1] * train.std() + train.mean(), train[-1])


def test_monthly_sunspots_refuse() -> None:
    months = (np.datetime64("1749-01") + np.arange(2820)).astype(str)
    good = ['"Month","Sunspots"', *(f'"{month}",5.0' for month in months)]
    assert monthly_sunspots.parse(Blob("set: its file", "\n".join(good).encode())).sum() == 14100
    for lines, problem in (
        (good[1:], "other columns"),
        (good[:-1], "misses a month"),
        ([*good[:6], *good[7:], '"1984-01",3'], "misses a month"),
        ([*good[:-1], good[-1].replace("5.0", "-1")], "negative"),
        ([*good[:-1], good[-1].replace("5.0", "?")], "no table of numbers"),
    ):
        refuses(monthly_sunspots.parse, Blob("set: its file", "\n".join(lines).encode()), problem)
