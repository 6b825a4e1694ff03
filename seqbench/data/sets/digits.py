"""Handwritten digits: 1797 images of 8 x 8 pixels, as scikit-learn brings them.

The file goes from hand to hand: 14 blocks of about 130 digits, one writer each. So it is split
between writers, and no hand of the test part was ever seen in training.

Source: alpaydin1998
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqbench.data.baselines import constants
from seqbench.data.installed import table

SIDE, PIXELS, CLASSES, BRIGHTEST = 8, 64, 10, 16
BORDERS = (1029, 1415)  # where the 9th and the 12th writer begin: 57, 21 and 21 % of the digits


class Part(NamedTuple):
    """Images (N, 64), row after row, 0 (paper) to 1 (ink), and their digits (N,)."""

    pixels: NDArray[np.float32]
    labels: NDArray[np.int64]


@cache
def load() -> NDArray[np.uint8]:
    """The table as it is published: 64 pixels of 0 to 16, then the digit. (1797, 65)

    Raises:
        MissingData: scikit-learn is not installed.
    """
    return table("sklearn", "datasets/data/digits.csv.gz", "scikit-learn").astype(np.uint8)


@cache
def parts() -> tuple[Part, ...]:
    """Train, valid and test."""
    return tuple(
        Part(
            (rows[:, :PIXELS] / BRIGHTEST).astype(np.float32),
            rows[:, PIXELS].astype(np.int64),
        )
        for rows in np.split(load(), BORDERS)
    )


@cache
def majority() -> float:
    """Accuracy on test of the best constant answer."""
    return constants.majority(parts()[2].labels)


@cache
def nearest_mean() -> float:
    """Accuracy on test of naming the digit whose mean train image is nearest."""
    train, _, test = parts()
    means = np.stack([train.pixels[train.labels == k].mean(0) for k in range(CLASSES)])
    distances = np.square(test.pixels[:, None] - means).sum(-1)
    return float(np.mean(distances.argmin(-1) == test.labels))
