"""The archive: as published, with the errors that it lists."""

import io

import numpy as np
import pytest

from seqbench.data.guards import Blob
from seqbench.data.sets import ucr
from tests.helpers.archive import contents, ts
from tests.helpers.mirror import mirrored
from tests.helpers.places import MIRROR
from tests.helpers.refusals import refuses


@mirrored
@pytest.mark.parametrize("name", ucr.SETS)
def test_archive_sets_are_as_published(name: str) -> None:
    kind = ucr.SETS[name]
    train, valid, test = ucr.parts(name)
    assert len(train.labels) + len(valid.labels) == kind.train and len(test.labels) == kind.test
    assert len({*train.labels}) == kind.classes and {*valid.labels} <= {*train.labels}
    assert 0.15 * kind.train <= len(valid.labels) <= 0.25 * kind.train
    assert not contents(train) & contents(valid)
    assert not (contents(train) | contents(valid)) & contents(test)


@mirrored
@pytest.mark.parametrize("name", [name for name in ucr.SETS if name != "ecg5000"])
def test_archive_files_against_their_lines(name: str) -> None:
    path = MIRROR / "ucr_uea" / f"{ucr.SETS[name].name}_TEST.ts"
    *columns, label = path.read_text("utf-8").splitlines()[-1].split(":")
    classes = next(line for line in path.read_text("utf-8").splitlines() if "@classLabel" in line)
    _, test = ucr.published(name)
    expected = np.array([column.split(",") for column in columns], float).T
    np.testing.assert_array_equal(test.sequences[-1], expected)
    assert classes.split()[2:][test.labels[-1]] == label


@mirrored
@pytest.mark.parametrize(
    ("name", "error"),
    (("gunpoint", 0.0867), ("italypowerdemand", 0.0447), ("ecg200", 0.12), ("osuleaf", 0.4793),
     ("acsf1", 0.46), ("ecg5000", 0.0751)),
)  # fmt: skip
def test_nearest_neighbor_has_the_error_that_the_archive_lists(name: str, error: float) -> None:
    assert 1 - ucr.neighbor(name) == pytest.approx(error, abs=1e-4)


def test_archive_tables_are_refused() -> None:
    kind = ucr.Kind("Small", 1, 2, 3, 2, 2)
    parse = lambda blob: ucr.part(blob, kind, 2)  # noqa: E731
    good = "1\t.1\t.2\t.3\n2\t.1\t.2\t.3"
    assert parse(Blob("set: its file", good.encode())).labels.tolist() == [0, 1]
    array = io.BytesIO()
    np.save(array, np.array([[1, 0.1, 0.2, np.inf]] * 2))
    for data, problem in (
        (good.replace("2\t.1", "3\t.1").encode(), "unknown class"),
        (good.replace("2\t.1", "1.5\t.1").encode(), "unknown class"),
        (good.splitlines()[0].encode(), "only a piece"),
        (good.replace("\t.3", "").encode(), "3 columns"),
        (array.getvalue(), "finite"),
        (ts().data, "is not Small"),
    ):
        refuses(parse, Blob("set: its file", data), problem)


@mirrored
def test_univariate_series_are_published_standardized() -> None:
    for name in ("gunpoint", "ecg200", "osuleaf", "acsf1", "italypowerdemand"):
        for sequence in ucr.parts(name)[0].sequences:
            deviations = sequence.std(), sequence.std(ddof=1)
            assert abs(sequence.mean()) < 1e-4 and min(abs(d - 1) for d in deviations) < 1e-3
    train, _, test = ucr.parts("basicmotions")
    steps = np.concatenate(train.sequences)
    np.testing.assert_allclose(steps.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(steps.std(0), 1)
    assert abs(np.concatenate(test.sequences).std(0) - 1).max() > 0.01
