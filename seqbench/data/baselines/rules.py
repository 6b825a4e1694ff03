"""What the simplest rules achieve on labeled sequences."""

from collections.abc import Sequence

import numpy as np

from seqbench.data.formats.labeled import FLOAT, INT, Parts

STRETCHES = 5  # equal parts of time that `summaries` averages over


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
