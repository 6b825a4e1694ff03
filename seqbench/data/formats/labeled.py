"""Labeled sequences, and which of them are held out."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FLOAT = NDArray[np.float64]
INT = NDArray[np.int64]


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
