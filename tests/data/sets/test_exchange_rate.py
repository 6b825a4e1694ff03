"""Exchange rates: split as published, else refused."""

import gzip

import numpy as np

from seqbench.data.guards import Blob
from seqbench.data.sets import exchange_rate
from tests.helpers.mirror import mirrored
from tests.helpers.places import MIRROR
from tests.helpers.refusals import refuses


@mirrored
def test_exchange_rates_are_split_as_published() -> None:
    with gzip.open(MIRROR / "exchange_rate" / "exchange_rate.txt.gz", "rt") as file:
        rates = np.array([[float(cell) for cell in line.split(",")] for line in file])
    n = len(rates)
    assert (0, int(0.6 * n), int((0.6 + 0.2) * n), n) == exchange_rate.BORDERS
    for number, count in enumerate((4552 - 168 - 2, 1518, 1518)):  # as LSTNet counts them
        part = exchange_rate.part(number, 168, 3)
        assert part.x.shape == (count, 168, 8) and part.y.shape == (count, 1, 8)
    day = exchange_rate.BORDERS[2]
    np.testing.assert_allclose(exchange_rate.rates(part.y[0, 0]), rates[day])
    np.testing.assert_allclose(exchange_rate.rates(part.x[0]), rates[day - 2 - 168 : day - 2])
    np.testing.assert_allclose(exchange_rate.rates(part.y[-1, 0]), rates[-1])
    np.testing.assert_allclose(exchange_rate.scale()[0], rates[:4552].mean(0))


def test_exchange_rate_refuses() -> None:
    good = ["1,2,3,4,5,6,7,8"] * exchange_rate.DAYS
    for lines, problem in (
        (good[:-1], "has 7,587 days"),
        ([*good[:-1], "1,2,3,4,5,6,7,-8"], "0 or less"),
        ([*good[:-1], "1,2,3,4,5,6,7"], "7 columns"),
    ):
        packed = gzip.compress("\n".join(lines).encode())
        refuses(exchange_rate.parse, Blob("set: its file", packed), problem)
    refuses(exchange_rate.parse, Blob("set: its file", b"1,2,3"), "no whole .gz")
