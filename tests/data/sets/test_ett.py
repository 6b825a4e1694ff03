"""Transformer temperatures: split by month, else refused."""

import csv

import numpy as np
import pytest

from seqbench.data.guards import Blob
from seqbench.data.sets import ett
from tests.helpers.mirror import mirrored
from tests.helpers.places import MIRROR
from tests.helpers.refusals import refuses


@mirrored
@pytest.mark.parametrize("station", ("ETTh1", "ETTh2"))
def test_ett_is_standardized_by_its_first_12_months(station: str) -> None:
    with (MIRROR / "ett" / f"{station}.csv").open() as file:
        rows = list(csv.reader(file))[1:]
    numbers = np.array([[float(cell) for cell in row[1:]] for row in rows])
    np.testing.assert_array_equal(ett.load(station), numbers)
    train = numbers[: 365 * 24 - 5 * 24]  # 12 months of 30 days
    expected = (numbers - train.mean(0)) / train.std(0)
    np.testing.assert_allclose(ett.standardized(station), expected, atol=1e-12)


@mirrored
def test_ett_asks_for_no_hour_of_another_part() -> None:
    asked = []
    for number, count in enumerate((8640 - 96 - 24 + 1, 2880 - 24 + 1, 2880 - 24 + 1)):
        ends = ett.ends(number, 96, 24)
        assert len(ends) == count, "Informer's number of windows"
        asked.append(set((ends[:, None] + np.arange(24)).ravel()))
    assert not (asked[0] & asked[1] or asked[1] & asked[2])
    assert (min(asked[1]), min(asked[2]), max(asked[2])) == (8640, 11520, 14399)
    part = ett.part("ETTh1", "all", 2, 96, 24)
    whole = ett.standardized("ETTh1")
    np.testing.assert_array_equal(part.x[5], whole[11520 + 5 - 96 : 11520 + 5])
    np.testing.assert_array_equal(part.y[5], whole[11520 + 5 : 11520 + 5 + 24])


def hourly(rows: int = ett.HOURS) -> list[str]:
    hours = np.datetime64("2016-07-01T00:00:00") + np.arange(rows).astype("timedelta64[h]")
    dates = [str(hour).replace("T", " ") for hour in hours]
    return ["date,HUFL,HULL,MUFL,MULL,LUFL,LULL,OT", *(f"{d},1,2,3,4,5,6,7" for d in dates)]


def test_ett_refuses() -> None:
    good = hourly()
    assert ett.parse(Blob("set: its file", "\n".join(good).encode())).shape == (ett.HOURS, 7)
    swapped = [*good[:100], good[101], good[100], *good[102:]]
    for lines, problem in (
        (good[1:], "other columns"),
        ([good[0].replace("OT", "TO"), *good[1:]], "other columns"),
        (good[:-1], "misses an hour"),
        (swapped, "misses an hour"),
        ([*good[:9], good[9] + ",8", *good[10:]], "9 columns in line 10"),
        ([*good[:9], good[9].replace(",3,", ",nan,"), *good[10:]], "not finite"),
    ):
        refuses(ett.parse, Blob("set: its file", "\n".join(lines).encode()), problem)
