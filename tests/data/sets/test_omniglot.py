"""Drawings: split by alphabet, strokes on the ink, else refused."""

import io
import zipfile
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from seqbench.data.guards import Blob
from seqbench.data.sets import omniglot
from tests.helpers.mirror import mirrored
from tests.helpers.places import MIRROR
from tests.helpers.refusals import refused


def drawn(strokes: str) -> Blob:
    return Blob("omniglot: strokes.zip, 0001_01.txt", strokes.encode())


def png(mode: str = "1", size: tuple[int, int] = (105, 105), kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, kind)
    return buffer.getvalue()


@mirrored
def test_drawings_are_split_by_alphabet() -> None:
    found = omniglot.drawings()
    counts = Counter(drawing.name.partition("/")[0] for drawing in found)
    assert len(found) == 4840 == len({drawing.name for drawing in found})
    assert counts["Tagalog"] == 340 and counts["Korean"] == 800 and len(counts) == 8
    assert counts["Greek"] == 480 and counts["Latin"] == 520, "in both sets, and kept once"
    parts = omniglot.parts(15, 12)
    assert [len(part.pictures) for part in parts] == [3700, 340, 800]
    content = [{path.tobytes() for path in part.paths.transpose(1, 0, 2)} for part in parts]
    assert not content[0] & content[1] and not content[0] & content[2]


@mirrored
def test_strokes_lie_on_the_ink() -> None:
    """The first drawing of the test part, read anew; and that picture and path belong together."""
    parts = omniglot.parts(15, 40)
    picture, path = parts[2].pictures[0], parts[2].paths[:, 0]
    with zipfile.ZipFile(MIRROR / "omniglot/strokes_background_small1.zip") as file:
        name = min(n for n in file.namelist() if "/Korean/character01/" in n and n.endswith(".txt")
                   and not n.startswith("__"))  # fmt: skip
        first = file.read(name).decode().splitlines()[1]
    with zipfile.ZipFile(MIRROR / "omniglot/images_background_small1.zip") as file:
        name = name.replace("strokes", "images").replace(".txt", ".png")
        ink = ~np.asarray(Image.open(io.BytesIO(file.read(name))))
    x, y, _ = map(float, first.split(","))
    assert path[0] == pytest.approx([x / 105 - 0.5, -y / 105 - 0.5, 1])
    assert picture[3 * 15 + 4] == pytest.approx(ink[21:28, 28:35].mean())
    near = []
    for n in range(0, 800, 40):
        places = ((parts[2].paths[:, n, :2] + 0.5) * 15).astype(int).clip(0, 14)
        near.append((parts[2].pictures[n].reshape(15, 15)[places[:, 1], places[:, 0]] > 0).mean())
    assert np.mean(near) > 0.85
    other = parts[2].pictures[400].reshape(15, 15)
    assert (other[places[:, 1], places[:, 0]] > 0).mean() < 0.8


def test_points_are_shared_out_by_length() -> None:
    long, short = np.array([[0.0, 0], [30, 40], [60, 80]]), np.array([[105.0, 105], [105, 80]])
    path = omniglot.resampled((long, short), 12)
    assert len(path) == 12 and path[:, 2].tolist() == [1, *[0] * 7, 1, 0, 0, 0]
    assert path[0, :2] == pytest.approx([-0.5, -0.5]) and path[8, :2] == pytest.approx([0.5, 0.5])
    steps = np.hypot(*np.diff(path[:8, :2], axis=0).T)
    np.testing.assert_allclose(steps, 100 / 105 / 7)
    dot = np.array([[50.0, 50]])
    assert len(omniglot.resampled((dot,), 5)) == 5
    assert omniglot.resampled((dot, dot, dot, long), 5)[:, 2].sum() == 2, "two strokes have room"


@mirrored
def test_linear_map_by_least_squares() -> None:
    """The best of the penalties, refitted as least squares of an extended system."""
    train, _, test = omniglot.parts(15, 12)
    mean = train.paths[..., :2].mean(1, keepdims=True)
    constant = np.square(test.paths[..., :2] - mean).mean()
    assert omniglot.mean_path(15, 12) == pytest.approx(constant, rel=1e-5)
    found = []
    for penalty in omniglot.PENALTIES:
        X = np.c_[train.pictures, np.ones(3700)]
        extended = np.r_[X, penalty**0.5 * np.eye(226)]
        Y = train.paths[..., :2].transpose(1, 0, 2).reshape(3700, -1)
        W = np.linalg.lstsq(extended, np.r_[Y, np.zeros((226, 24))], rcond=None)[0]
        said = (np.c_[test.pictures, np.ones(800)] @ W).reshape(800, 12, 2).transpose(1, 0, 2)
        found.append(np.square(said - test.paths[..., :2]).mean())
    assert min(abs(np.array(found) - omniglot.linear(15, 12))) < 1e-6
    assert omniglot.linear(15, 12) < 0.9 * constant


@pytest.mark.parametrize(
    "content",
    (
        "",
        "START\n",
        "START\n1,-2,0\n",
        "1,-2,0\nBREAK\n",
        "START\nBREAK\n",
        "START\n1,-2\nBREAK\n",
        "START\n1,-2,x\nBREAK\n",
        "START\n1,nan,0\nBREAK\n",
        "START\n1e9,-2,0\nBREAK\n",
        "START\n" + "1,-2,0\n" * 10_001 + "BREAK\n",
    ),
)
def test_odd_strokes_are_refused(content: str) -> None:
    whole = omniglot.strokes_of(drawn("START\n1,-2,0\n3,-4,9\nBREAK\n5,-6,9\nBREAK\n"))
    assert [own.tolist() for own in whole] == [[[1, 2], [3, 4]], [[5, 6]]]
    refused(lambda: omniglot.strokes_of(drawn(content)))


@pytest.mark.parametrize(
    "content",
    (
        b"",
        png()[:-40],
        png("L"),
        png(size=(28, 28)),
        png(size=(60_000, 60_000))[:200],
        png(kind="GIF"),
    ),
)
def test_odd_pictures_are_refused(content: bytes) -> None:
    assert omniglot.picture(Blob("omniglot: x.png", png())).all(), "0 is ink"
    refused(lambda: omniglot.picture(Blob("omniglot: x.png", content)))
