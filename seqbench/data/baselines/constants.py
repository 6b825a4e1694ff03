"""The best constant answer: where skill is 0 on recorded data, so that nothing constant has any.

It is taken from the very part that is tested. That makes it a level and no predictor: what is
frequent in train may be rare in test, and whoever always says the other class would look skilled.
"""

import numpy as np
from numpy.typing import NDArray


def majority(labels: NDArray[np.int64]) -> float:
    """Accuracy of always naming the most frequent of these classes."""
    return float(np.bincount(labels).max() / len(labels))


def variance(answers: NDArray[np.float64]) -> float:
    """Mean squared error of always saying the mean of these answers, column by column. (N, ...)"""
    return float(answers.var(0).mean())


def entropy(symbols: NDArray[np.int64]) -> float:
    """Nats per symbol of always saying how frequent each of these symbols is."""
    share = np.unique(symbols, return_counts=True)[1] / symbols.size
    return float(-(share * np.log(share)).sum())
