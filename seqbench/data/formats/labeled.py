"""Labeled sequences: what is held out of them, and what guessing and the simplest rules achieve."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FLOAT = NDArray[np.float64]
INT = NDArray[np.int64]
STRETCHES = 5  # equal parts of time that `summaries` averages over


class Labeled(NamedTuple):
    """Sequences (t, channels), and the class of each, (N,)."""

    sequences: tuple[FLOAT, ...]
    labels: INT

    def pick(self, which: NDArray[np.bool_]) -> "Labeled":
        """Those where `which` is true, in order."""
        chosen = tuple(s for s, w in zip(self.sequences, which, strict=True) if w)
        return Labeled(chosen, self.labels[which])

    def scaled(self, by: "Labeled") -> "Labeled":
        """With every channel standardized by all steps of another part."""
        steps = np.concatenate(by.sequences)
        mean, deviation = steps.mean(0), steps.std(0)
        return self._replace(sequences=tuple((s - mean) / deviation for s in self.sequences))


Parts = tuple[Labeled, Labeled, Labeled]  # train, valid, test


def every(labels: INT, step: int) -> NDArray[np.bool_]:
    """Every `step`-th example of each class, in their order: as mixed as the whole, and no lot."""
    chosen = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        chosen[np.flatnonzero(labels == label)[step - 1 :: step]] = True
    return chosen


def majority(train: INT, test: INT) -> float:
    """Accuracy on test of naming, blindly, the class that is most frequent in train."""
    return float(np.mean(test == np.bincount(train).argmax()))


def summaries(sequences: Sequence[FLOAT]) -> FLOAT:
    """Means over five equal parts of each sequence, whatever its length. (N, 5 channels)"""
    return np.stack(
        [np.concatenate([p.mean(0) for p in np.array_split(s, STRETCHES)]) for s in sequences]
    )


def nearest_neighbor(train: FLOAT, labels: INT, test: FLOAT, right: INT) -> float:
    """Accuracy on test of the label of the nearest point of train (Euclidean distance)."""
    distances = np.square(train).sum(-1) - 2 * test @ train.T  # but for what all have in common
    return float(np.mean(labels[distances.argmin(-1)] == right))


def nearest_in_time(parts: Parts) -> float:
    """The same, each sequence averaged over five parts of time."""
    train, _, test = parts
    points, asked = summaries(train.sequences), summaries(test.sequences)
    return nearest_neighbor(points, train.labels, asked, test.labels)


def nearest_mean(train: FLOAT, labels: INT, test: FLOAT, right: INT) -> float:
    """Accuracy on test of the class whose mean point of train is nearest."""
    classes = np.unique(labels)
    means = np.stack([train[labels == k].mean(0) for k in classes])
    return nearest_neighbor(means, classes, test, right)
