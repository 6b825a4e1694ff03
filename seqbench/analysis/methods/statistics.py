"""The statistics of the report: few seeds, honest intervals, nothing dropped.

    mean      t interval over seeds                      m +- t(n-1) s / sqrt(n)
    share     Wilson interval                            roots of |p - k/n| = z sqrt(p (1-p) / n)
    pairs     sign-flip test of paired differences       all 2^n signs are equally likely
    many      Holm's step-down correction                max over i <= j of (m - i + 1) p_(i)
    clusters  t interval over k whole clusters           V = sum (S_i - m n_i)^2 / (n^2 k (k - 1))
              (sums S_i of n_i values, n their mean size)

With n pairs the sign-flip test cannot return less than 2^(1 - n): few pairs can never be
significant at 5 %, less so among many comparisons, and the analysis says so.

Source: wilson1927, holm1979, agarwal2021
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

LEVEL = 0.95
ALPHA = round(1 - LEVEL, 9)  # .05 itself: in binary, 1 - .95 is a little more, and p = .05 less
EXACT = 14  # pairs up to which all 2^n signs are tried
DRAWS = 100_000  # random signs above that
RESAMPLES = 2_000

NORMAL = float(special.ndtri((1 + LEVEL) / 2))

Floats = NDArray[np.float64]


class Interval(NamedTuple):
    """An estimate and its 95 % interval; NaN where the data cannot give one."""

    mean: float
    low: float
    high: float


def capped(interval: Interval, most: float) -> Interval:
    """The interval of something that is never larger than `most`."""
    return interval._replace(high=most) if interval.high > most else interval


@cache
def _student(freedom: int) -> float:
    """Where Student's t leaves half of what lies outside the level to either side."""
    return float(special.stdtrit(freedom, (1 + LEVEL) / 2))


def mean_intervals(mean: Floats, deviation: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Limits of Student's t interval of many means; NaN where n < 2."""
    several = np.where(n > 1, n, np.nan)
    half = special.stdtrit(several - 1, (1 + LEVEL) / 2) * deviation / np.sqrt(several)
    return mean - half, mean + half


def mean_interval(values: ArrayLike) -> Interval:
    """Mean with Student's t interval. One value has a mean and no interval."""
    x = np.asarray(values, dtype=float)
    if x.size < 2:
        return Interval(float(x[0]) if x.size else np.nan, np.nan, np.nan)
    mean = float(x.mean())
    half = float(_student(x.size - 1) * x.std(ddof=1) / np.sqrt(x.size))
    return Interval(mean, mean - half, mean + half)


def wilson(k: float, n: float) -> Interval:
    """Share k / n with Wilson's score interval. NaN of nothing."""
    share, low, high = wilsons(np.array([k], float), np.array([n], float))
    return Interval(float(share[0]), float(low[0]), float(high[0]))


def wilsons(k: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """Shares k / n with Wilson's limits, number by number; n may be an effective number."""
    z, known = NORMAL, np.where(n > 0, n, np.nan)
    p = k / known
    middle = (p + z**2 / (2 * known)) / (1 + z**2 / known)
    half = z / (1 + z**2 / known) * np.sqrt(p * (1 - p) / known + z**2 / (4 * known**2))
    low, high = np.where(p <= 0, 0.0, middle - half), np.where(p >= 1, 1.0, middle + half)
    return p, np.where(np.isnan(p), np.nan, low), np.where(np.isnan(p), np.nan, high)


def sign_flip(differences: ArrayLike) -> float:
    """Two-sided p of "the paired differences are symmetric around zero". NaN without pairs."""
    d = np.asarray(differences, dtype=float)
    if d.size == 0:
        return np.nan
    sums, extra = (_every(d), 0) if d.size <= EXACT else (_drawn(d), 1)
    as_extreme = np.abs(sums) >= abs(d.sum()) - 1e-12 * np.abs(d).sum()  # ties despite rounding
    # of draws, the observed signs count as one, so that p is never 0
    return float((as_extreme.sum() + extra) / (len(sums) + extra))


def _every(d: Floats) -> Floats:
    """The sums of n values with all their 2^n signs."""
    sums = np.zeros(1)
    for value in d:
        sums = np.concatenate([sums + value, sums - value])
    return sums


def _drawn(d: Floats) -> Floats:
    """The sums with random signs, the same at every call: a random byte draws eight of them."""
    random, sums = np.random.default_rng(0), np.zeros(DRAWS)
    for start in range(0, d.size, 8):
        some = _every(d[start : start + 8])
        sums += some[random.integers(0, len(some), DRAWS, np.uint8, endpoint=False)]
    return sums


def can_show(n: int, comparisons: int = 1) -> bool:
    """Whether n pairs can reach significance at all, after Holm among so many comparisons."""
    smallest = max(2.0 ** (1 - n), 1 / (DRAWS + 1))  # of random signs, the observed ones count
    return bool(n) and smallest * comparisons < ALPHA


def holm(p_values: ArrayLike) -> Floats:
    """Holm's adjusted p values, in the order given; NaN stays NaN and is not counted."""
    p = np.asarray(p_values, dtype=float)
    adjusted = np.full(p.shape, np.nan)
    asked = np.flatnonzero(~np.isnan(p))
    order = asked[np.argsort(p[asked], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def cluster_interval(clusters: Sequence[ArrayLike]) -> Interval:
    """Mean over all values; the interval is over clusters. One cluster has no interval.

    A bootstrap of few clusters would be too narrow: of four, it misses one time in five.
    """
    groups = [np.asarray(c, dtype=float) for c in clusters]
    groups = [g for g in groups if g.size]
    if not groups:
        return Interval(np.nan, np.nan, np.nan)
    sums, sizes = np.array([g.sum() for g in groups]), np.array([g.size for g in groups])
    mean, k = float(sums.sum() / sizes.sum()), len(groups)
    if k < 2:
        return Interval(mean, np.nan, np.nan)
    away = (sums - mean * sizes) / sizes.mean()
    half = float(_student(k - 1) * np.sqrt((away**2).sum() / (k * (k - 1))))
    return Interval(mean, mean - half, mean + half)
