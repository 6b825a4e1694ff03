"""MNIST: 70 000 handwritten digits of 28 x 28 pixels.

Train and test are the published ones (60 000 and 10 000 images, no writer in both). Valid is our
split: the last 5 000 images of train, which are taken out of it.

Source: lecun1998
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqbench.data.baselines import constants
from seqbench.data.files import read
from seqbench.data.guards import gunzip, idx

SIDE, CLASSES = 28, 10
PUBLISHED = {"train": 60_000, "t10k": 10_000}
HELD = 5_000  # images of train that are valid
SEED = 92916  # of the permutation: Wisdom et al. 2016, and most who followed


class Part(NamedTuple):
    """Images (N, side * side), row after row, 0 (paper) to 1 (ink), and their digits (N,)."""

    pixels: NDArray[np.float32]
    labels: NDArray[np.int64]


def images(part: str) -> NDArray[np.uint8]:
    """All images of "train" or "t10k" as published: (N, 28, 28).

    Raises:
        MissingData: the file is not on this machine.
        InputError: it is damaged, or not what it should be.
    """
    blob = gunzip(read("mnist", f"{part}-images-idx3-ubyte.gz"))
    found, shape = idx(blob), (PUBLISHED[part], SIDE, SIDE)
    if found.shape != shape or found.dtype != np.uint8:
        raise blob.refused(f"holds {found.shape} {found.dtype}", f"{shape} uint8")
    return found.view(np.uint8)


def labels(part: str) -> NDArray[np.int64]:
    """The digits of all images: (N,).

    Raises:
        MissingData, InputError: as `images`.
    """
    blob = gunzip(read("mnist", f"{part}-labels-idx1-ubyte.gz"))
    found, shape = idx(blob), (PUBLISHED[part],)
    if found.shape != shape or found.dtype != np.uint8:
        raise blob.refused(f"holds {found.shape} {found.dtype}", f"{shape} uint8")
    if found.view(np.uint8).max() >= CLASSES:
        raise blob.refused("names a class beyond 9", "digits 0 to 9")
    return found.astype(np.int64)


def permutation(side: int) -> NDArray[np.int64]:
    """Which pixel is read at every step of the permuted task."""
    return np.random.RandomState(SEED).permutation(side * side).astype(np.int64)


@cache
def parts(side: int, permuted: bool) -> tuple[Part, ...]:
    """Train, valid and test, their images reduced by means of square blocks.

    Raises:
        MissingData, InputError: as `images`.
    """
    order = permutation(side) if permuted else np.arange(side * side)
    learned, test = (Part(_reduced(images(n), side).take(order, 1), labels(n)) for n in PUBLISHED)
    train = Part(learned.pixels[:-HELD], learned.labels[:-HELD])
    return train, Part(learned.pixels[-HELD:], learned.labels[-HELD:]), test


def _reduced(pixels: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    """Means of blocks of 28 / side pixels, as numbers from 0 to 1. (N, side * side)"""
    block = SIDE // side
    small = pixels.reshape(-1, side, block, side, block).mean((2, 4), dtype=np.float32)
    small /= 255
    return small.reshape(-1, side * side)


@cache
def majority() -> float:
    """Accuracy on test of the best constant answer."""
    return constants.majority(labels("t10k"))


@cache
def nearest_mean(side: int, permuted: bool) -> float:
    """Accuracy on test of naming the digit whose mean train image is nearest."""
    train, _, test = parts(side, permuted)
    means = np.stack([train.pixels[train.labels == k].mean(0) for k in range(CLASSES)])
    distances = np.square(means).sum(-1) - 2 * test.pixels @ means.T  # but for the image's own
    return float(np.mean(distances.argmin(-1) == test.labels))
