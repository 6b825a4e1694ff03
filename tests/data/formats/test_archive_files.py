"""The archive's files of series: read, or refused."""

import numpy as np
import pytest

from seqbench.data.formats import series
from tests.helpers.archive import HEADER, ROWS, ts
from tests.helpers.refusals import refuses


def test_ts_files_are_read() -> None:
    found = series.parse(ts())
    assert found.labels.tolist() == [1, 0]
    np.testing.assert_array_equal(found.sequences[0], [[1, 4], [2, 5], [3, 6]])
    np.testing.assert_array_equal(found.sequences[1], [[7, 9], [8, 0]])


@pytest.mark.parametrize(
    ("header", "rows", "problem"),
    (
        (HEADER.replace("@data\n", ""), ROWS, "line 9 is '1,2,3:4,5,6:right'"),
        ("", [], "no line @data"),
        (HEADER, [], "has no series"),
        (HEADER, ["1,2:3,4:up"], "line 10 ends in 'up'"),
        (HEADER, ["1,2:right"], "line 10 has 1 channels"),
        (HEADER, ["1,2:3:left"], "different lengths"),
        (HEADER, ["1,?:3,4:left"], "line 10: could not convert"),
        (HEADER, ["1,nan:3,4:left"], "not finite"),
        (HEADER, ["1,:3,4:left"], "could not convert"),
        (HEADER.replace("@missing false", "@missing true"), ROWS, "@missing true"),
        (HEADER.replace("left right", "left left"), ROWS, "names no two classes"),
        (HEADER.replace("@classLabel true", "@classLabel false"), ROWS, "names no two classes"),
        (HEADER.replace("@dimensions 2", "@dimensions many"), ROWS, "does not say its channels"),
        (HEADER.replace("@equalLength false", "@equalLength true"), ROWS, "lengths from 2 to 3"),
        (HEADER.replace("@problemName", "@exec"), ROWS, "line 2 is '@exec Small'"),
        (HEADER.replace("@timeStamps", "@missing"), ROWS, "line 4 is '@missing false'"),
    ),
)
def test_ts_files_are_refused(header: str, rows: list[str], problem: str) -> None:
    refuses(series.parse, ts(header, rows), problem)


def test_ts_files_keep_their_promised_length() -> None:
    equal = HEADER.replace("@equalLength false", "@equalLength true\n@seriesLength 3")
    assert len(series.parse(ts(equal, ROWS[:1])).sequences[0]) == 3
    refuses(series.parse, ts(equal, ROWS[1:]), "@seriesLength 3")
