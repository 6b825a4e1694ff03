"""Spearman's rank correlation with an interval that resamples whole clusters.

    rho = correlation of ranks; ties share their mean rank

Values of one cluster (one cell, say, with several initializations) are alike, so a resample draws
clusters, not values. A cluster drawn twice counts twice: ranks and correlation are taken with
weights, which needs one sort for all resamples.

Source: spearman1904
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seqbench.analysis.methods.statistics import ALPHA, Floats, Interval

RESAMPLES = 1_000
FEWEST = 5  # pairs: of four, even a perfect order comes about by chance in one of twelve
CLUSTERS = 6  # of fewer, resamples are too much alike for their spread to mean anything


def rank_correlation(x: ArrayLike, y: ArrayLike, clusters: Sequence[object]) -> Interval:
    """rho of n pairs and its 95 % percentile interval; NaN of fewer than FEWEST, or of constants.

    x, y: (n,), inf allowed, NaN not. clusters: n labels; fewer than CLUSTERS: no interval.
    """
    first, second = (np.asarray(side, dtype=float) for side in (x, y))
    nothing = Interval(np.nan, np.nan, np.nan)
    if len(first) < FEWEST:
        return nothing
    rho = float(_weighted(first, second, np.ones((1, len(first))))[0])
    _, place = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
    many = int(place.max()) + 1
    if many < CLUSTERS or np.isnan(rho):
        return Interval(rho, np.nan, np.nan)
    drawn = np.random.default_rng(0).integers(0, many, (RESAMPLES, many))
    counts = np.stack([np.bincount(row, minlength=many) for row in drawn]).astype(float)
    found = _weighted(first, second, counts[:, place])
    found = found[~np.isnan(found)]
    if len(found) < RESAMPLES / 2:  # most resamples were constant
        return Interval(rho, np.nan, np.nan)
    low, high = np.quantile(found, [ALPHA / 2, 1 - ALPHA / 2])
    return Interval(rho, float(low), float(high))


def _weighted(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Correlation of the ranks for every row of weights: (R, n) -> (R,); NaN of constants."""
    total = weights.sum(1, keepdims=True)
    first, second = (_ranks(side, weights) for side in (x, y))
    first = first - (weights * first).sum(1, keepdims=True) / total
    second = second - (weights * second).sum(1, keepdims=True) / total
    both, one, two = (
        (weights * a * b).sum(1) for a, b in ((first, second), (first, first), (second, second))
    )
    size = np.sqrt(one * two)
    return np.divide(both, size, out=np.full_like(both, np.nan), where=size > 0)


def _ranks(values: Floats, weights: Floats) -> Floats:
    """Mean rank of every value where it counts `weights` times: (n,), (R, n) -> (R, n)"""
    distinct, place = np.unique(values, return_inverse=True)
    member: NDArray[np.float64] = np.zeros((len(values), len(distinct)))
    member[np.arange(len(values)), place] = 1
    sizes = weights @ member
    middle = np.cumsum(sizes, axis=1) - sizes / 2 + 0.5
    return np.asarray(middle[:, place], np.float64)
