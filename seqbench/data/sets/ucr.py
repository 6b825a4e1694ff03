"""Sets of the UCR and UEA archives of time-series classification, in the archives' own splits.

ECG5000: train is the archive's text file; test is a third party's conversion to float32, which
lost one of the 4500 series.

Source: dau2019, bagnall2018
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqbench.data import files, guards
from seqbench.data.baselines.constants import majority
from seqbench.data.baselines.rules import nearest_neighbor
from seqbench.data.formats.labeled import FLOAT, Labeled, every
from seqbench.data.formats.series import parse


class Kind(NamedTuple):
    """What the archive says of a set."""

    name: str
    channels: int
    classes: int
    length: int
    train: int
    test: int


SETS = {
    "acsf1": Kind("ACSF1", 1, 10, 1460, 100, 100),
    "basicmotions": Kind("BasicMotions", 6, 4, 100, 40, 40),
    "ecg200": Kind("ECG200", 1, 2, 96, 100, 100),
    "ecg5000": Kind("ECG5000", 1, 5, 140, 500, 4499),
    "gunpoint": Kind("GunPoint", 1, 2, 150, 50, 150),
    "italypowerdemand": Kind("ItalyPowerDemand", 1, 2, 24, 67, 1029),
    "osuleaf": Kind("OSULeaf", 1, 6, 427, 200, 242),
}
FILES = {"ecg5000": ("ECG5000_TRAIN.txt", "ECG5000_TEST.npy")}  # else: NAME_TRAIN.ts, NAME_TEST.ts
HELD = 4  # every so many-th train series of each class validates


@cache
def published(name: str) -> tuple[Labeled, Labeled]:
    """Train and test as they are published.

    Raises:
        MissingData, InputError: they are not here, damaged, or of another set.
    """
    kind = SETS[name]
    both = FILES.get(name, (f"{kind.name}_TRAIN.ts", f"{kind.name}_TEST.ts"))
    sizes = (kind.train, kind.test)
    train, test = (
        part(files.read(f"ucr_{name}", file), kind, size)
        for file, size in zip(both, sizes, strict=True)
    )
    return train, test


def part(blob: guards.Blob, kind: Kind, size: int) -> Labeled:
    """One file.

    Raises:
        InputError: it is not that set.
    """
    if blob.data.startswith(b"\x93NUMPY"):
        found = _rows(blob, guards.array(blob), kind)
    elif blob.data.lstrip()[:1] in (b"#", b"@", b"\xef"):
        found = parse(blob)
    else:
        found = _rows(blob, guards.table(blob, kind.length + 1, delimiter="\t"), kind)
    shapes = {s.shape for s in found.sequences}
    if shapes != {(kind.length, kind.channels)} or len(found.labels) != size:
        what = f"{size} series of {kind.length} x {kind.channels}"
        raise blob.refused(f"is not {kind.name}, or only a piece of it", what)
    if found.labels.max() >= kind.classes:
        raise blob.refused(f"has more classes than {kind.name}", f"{kind.classes}")
    return found


def _rows(blob: guards.Blob, rows: NDArray[np.generic], kind: Kind) -> Labeled:
    """A table of classes, 1 and up, each before its series."""
    if rows.ndim != 2 or rows.dtype.kind != "f" or not np.isfinite(rows).all():
        raise blob.refused("is no table of finite numbers", "a class and a series in each row")
    numbers = rows.astype(np.float64)
    labels = numbers[:, 0].astype(np.int64) - 1
    if (labels + 1 != numbers[:, 0]).any() or labels.min() < 0 or labels.max() >= kind.classes:
        raise blob.refused("has an unknown class", f"1 to {kind.classes}")
    return Labeled(tuple(numbers[:, 1:, None]), labels)


@cache
def parts(name: str) -> tuple[Labeled, Labeled, Labeled]:
    """Train, valid (every fourth series of each class of the published train part), and test.

    Univariate series are standardized one by one, as they are published. Channels of multivariate
    ones, which are published raw, are standardized by train.
    """
    train, test = published(name)
    held = every(train.labels, HELD)
    found = train.pick(~held), train.pick(held), test
    if SETS[name].channels == 1:
        return found
    first, second, third = (part.scaled(by=found[0]) for part in found)
    return first, second, third


@cache
def guess(name: str) -> float:
    """Accuracy on test of the best constant answer."""
    return majority(published(name)[1].labels)


@cache
def neighbor(name: str) -> float:
    """Accuracy on test of the nearest series of the whole published train part.

    The archive's own first reference: one neighbor, Euclidean distance, series as published.
    """
    train, test = published(name)
    return nearest_neighbor(_flat(train), train.labels, _flat(test), test.labels)


def _flat(part: Labeled) -> FLOAT:
    return np.stack([sequence.ravel() for sequence in part.sequences])
