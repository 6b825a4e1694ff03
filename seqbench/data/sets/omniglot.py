"""Omniglot: characters of eight alphabets, each drawn by 20 people, as a picture and as strokes.

The two small background sets (2 720 and 3 120 drawings) share Greek and Latin, drawing by drawing:
these 1 000 are kept once, so there are 4 840. The split is ours, by alphabet, so no character is in
two parts: valid is Tagalog (340), test Korean (800), train the other six (3 700).

Source: lake2015
"""

from functools import cache
from io import BytesIO
from pathlib import PurePosixPath
from struct import pack
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seqbench.data.files import read
from seqbench.data.guards import Archive, Blob, text

SETS = ("small1", "small2")
HELD = {"Tagalog": 1, "Korean": 2}  # alphabet -> its part; all others are in train
PIXELS = 105  # of a side
MOST = 10_000  # points of a drawing; 535 is the longest
PENALTIES = (1.0, 10.0, 100.0, 1000.0)  # of the linear map; the best on valid is taken

Points = NDArray[np.float64]


class Part(NamedTuple):
    """Pictures (N, side * side), 0 (paper) to 1 (ink), and paths (points, N, 3).

    Of each point: x to the right and y downwards, from the middle of the picture in units of its
    side; and 1 where the pen was set down anew, 0 where it drew from the point before to this one.
    """

    pictures: NDArray[np.float32]
    paths: NDArray[np.float32]


class Drawing(NamedTuple):
    """One character: where it comes from, its picture (105, 105), its strokes (points, 2)."""

    name: str
    ink: NDArray[np.bool_]
    strokes: tuple[Points, ...]


@cache
def drawings() -> tuple[Drawing, ...]:
    """All that are different, in the order of their names: alphabet/character/drawing.

    Raises:
        MissingData: a file is not on this machine.
        InputError: one is damaged, or not what it should be.
    """
    found: dict[str, tuple[Blob, Blob]] = {}
    for part in SETS:
        pictures, strokes = (
            Archive(read("omniglot", f"{kind}_background_{part}.zip"))
            for kind in ("images", "strokes")
        )
        for name in pictures.names("*/*/*/*.png"):
            place = PurePosixPath(name).relative_to(f"images_background_{part}").with_suffix("")
            pair = pictures.read(name), strokes.read(f"strokes_background_{part}/{place}.txt")
            known = found.setdefault(str(place), pair)
            if any(one.data != other.data for one, other in zip(known, pair, strict=True)):
                raise pair[0].refused("differs from the drawing of that name", "equal copies")
    return tuple(
        Drawing(name, picture(image), strokes_of(path))
        for name, (image, path) in sorted(found.items())
    )


def picture(blob: Blob) -> NDArray[np.bool_]:
    """Where there is ink: (105, 105).

    Raises:
        InputError: no PNG, or another size or kind of picture.
    """
    allowed = f"{PIXELS} x {PIXELS} pixels in PNG, black or white"
    if blob.data[16:24] != pack(">II", PIXELS, PIXELS):  # before any of it is unpacked
        raise blob.refused("is no picture of that size", allowed)
    try:
        with Image.open(BytesIO(blob.data), formats=("PNG",)) as image:
            mode, paper = image.mode, np.asarray(image)
    except (OSError, SyntaxError, ValueError) as error:
        raise blob.refused(f"is no whole PNG file ({error})", allowed) from error
    if mode != "1":
        raise blob.refused(f"is a picture of mode {mode}", allowed)
    return ~paper


def strokes_of(blob: Blob) -> tuple[Points, ...]:
    """The strokes of a drawing: points (n, 2), x to the right and y downwards, in pixels.

    The file has START, then lines of x, -y and milliseconds, with BREAK after every stroke.

    Raises:
        InputError: another form, no stroke, or too many points.
    """
    lines = text(blob).split()
    *strokes, rest = " ".join(lines[1:]).split("BREAK")
    if lines[:1] != ["START"] or rest.strip() or not strokes or len(lines) > MOST:
        raise blob.refused("is no drawing", "START, points, and BREAK after every stroke")
    try:
        rows = [[[*map(float, row.split(","))] for row in own.split()] for own in strokes]
        found = [np.array(own).reshape(len(own), 3)[:, :2] * (1, -1) for own in rows]
    except ValueError as error:
        raise blob.refused(f"has a point that is no point ({error})", "x,y,time") from error
    if not all(len(own) and np.abs(own).max() < 2 * PIXELS for own in found):
        raise blob.refused("has an empty stroke or a point far outside", "points in the picture")
    return tuple(found)


def resampled(strokes: tuple[Points, ...], points: int) -> Points:
    """The drawing as so many points (points, 3), evenly spaced along the ink of each stroke.

    Every stroke has two of them, its ends, and the rest are shared out by length. Of a drawing with
    too many strokes for that, the shortest are left out.
    """
    walked = [np.append(0, np.hypot(*np.diff(own, axis=0).T).cumsum()) for own in strokes]
    kept = sorted(sorted(range(len(strokes)), key=lambda i: -walked[i][-1])[: points // 2])
    ink = np.array([walked[i][-1] for i in kept])
    share = (points - 2 * len(kept)) * (
        ink / ink.sum() if ink.any() else np.ones(len(ink)) / len(ink)
    )
    counts = 2 + np.floor(share).astype(int)
    counts[np.argsort(np.floor(share) - share, kind="stable")[: points - counts.sum()]] += 1
    rows = []
    for i, count in zip(kept, counts, strict=True):
        at = np.linspace(0, walked[i][-1], count)
        x, y = (np.interp(at, walked[i], axis) for axis in strokes[i].T)
        rows.append(np.stack([x / PIXELS - 0.5, y / PIXELS - 0.5, np.arange(count) == 0], -1))
    return np.concatenate(rows)


@cache
def parts(side: int, points: int) -> tuple[Part, ...]:
    """Train, valid and test.

    side: 105 or a divisor; pictures are reduced by means of square blocks.

    Raises:
        MissingData, InputError: as `drawings`.
    """
    lists: tuple[list[Drawing], ...] = ([], [], [])
    for drawing in drawings():
        lists[HELD.get(drawing.name.partition("/")[0], 0)].append(drawing)
    found = []
    for own in lists:
        ink = np.stack([drawing.ink for drawing in own])
        block = PIXELS // side
        blocks = ink.reshape(-1, side, block, side, block).mean((2, 4), dtype=np.float32)
        paths = np.stack([resampled(drawing.strokes, points) for drawing in own], 1)
        found.append(Part(blocks.reshape(-1, side * side), paths.astype(np.float32)))
    return tuple(found)


def _error(said: NDArray[np.float64], part: Part) -> float:
    """Mean squared error of x and y."""
    return float(np.square(said[..., :2] - part.paths[..., :2]).mean())


@cache
def mean_path(side: int, points: int) -> float:
    """Squared error on test of the mean path of train."""
    train, _, test = parts(side, points)
    return _error(train.paths.mean(1, dtype=np.float64)[:, None], test)


@cache
def linear(side: int, points: int) -> float:
    """Squared error on test of a linear map from picture to path (ridge regression)."""
    train, valid, test = parts(side, points)
    X, *others = (np.pad(part.pictures, ((0, 0), (0, 1)), constant_values=1).astype(float)
                  for part in (train, valid, test))  # fmt: skip
    Y = train.paths.transpose(1, 0, 2).reshape(len(X), -1)
    maps = [np.linalg.solve(X.T @ X + p * np.eye(X.shape[1]), X.T @ Y) for p in PENALTIES]

    def error(which: int, W: NDArray[np.float64]) -> float:
        said = (others[which] @ W).reshape(-1, points, 3).transpose(1, 0, 2)
        return _error(said, (valid, test)[which])

    return error(1, min(maps, key=lambda W: error(0, W)))
