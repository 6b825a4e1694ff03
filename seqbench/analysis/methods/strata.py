"""Averages over strata: the tasks are given, the seeds could have come out otherwise.

S strata (tasks, or tasks x cells) with n seeds each; an interval says how far a number depends on
the seeds, not on which tasks were chosen. A bootstrap within strata of so few seeds is too narrow,
and of five of five it says "certainly", so limits are computed:

    mean            t interval; V = sum v_i with v_i = w_i^2 s_i^2 / n_i, w_i being the stratum's
                    share of values, and Satterthwaite's degrees of freedom
                    V^2 / sum (v_i^2 / (n_i - 1))
    IQM             mean of the middle half of all S n values; the same with winsorized values,
                    divided by the share that is kept
    share, P(X>Y)   every q with |q - estimate| <= z sqrt(f V(q) / S), V of one stratum being
                        share     q (1 - q) / n                                     (Wilson)
                        P(X>Y)    q (1 - q) / n^2 * (1 + (n - 1) ((1 - q) / (2 - q) + q / (1 + q)))
                    f is by how much the estimate varies more or less than that: as sums over the
                    strata of a seed's parts in it do, drawn towards 1 by as much as PRIOR strata
                    would. It is less where strata differ from each other or X and Y share what
                    makes a seed hard, more where strata do; then z is Student's.

How often they hold the truth is simulated in the tests.
Source: wilson1927, satterthwaite1946, tukey1963, delong1988, newcombe2006, agarwal2021
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy import special

from seqbench.analysis.methods.statistics import LEVEL, NORMAL, Floats, Interval

PRIOR = 4
HALVINGS = 40  # of [0, 1], until a limit is known to 1e-12
NONE = Interval(np.nan, np.nan, np.nan)

Spread = Callable[[Floats], Floats]
Independent = Callable[[Floats], Sequence[Floats]]  # see `together`


class Limits(NamedTuple):
    """Estimates with their 95 % limits, arrays of one shape."""

    estimate: Floats
    low: Floats
    high: Floats


def together(groups: Sequence[Sequence[Floats]]) -> list[Floats]:
    """A stratum of each group (the cells on a task), as a seed's draws are in all its members.

    Every seed's sum, on a scale on which the mean of all values is that of the strata. Members that
    differ in how many seeds they have stay apart.
    """
    strata = list[Floats]()
    for members in groups:
        alike = len({len(member) for member in members}) == 1
        strata += [np.sum(members, axis=0)] if alike else members
    count = sum(len(member) for members in groups for member in members)
    scale = sum(map(len, strata)) / max(count, 1)
    return [np.asarray(stratum * scale) for stratum in strata]


def mean_of_means(values: Floats) -> Interval:
    """Mean of (S, n) values. Without a second seed there is no interval."""
    return pooled(list(values)) if values.size else NONE


def pooled(strata: Sequence[Floats]) -> Interval:
    """Mean of all values of strata that need not be of one size; one value has no interval."""
    sizes = np.array([len(values) for values in strata])
    if not sizes.sum():
        return NONE
    sums = np.array([values.sum() for values in strata])
    if sizes.min() == sizes.max() > 1:  # at once; one by one is slow where there are many
        deviations = np.stack(strata).std(axis=1, ddof=1)
    else:
        of_each = (values.std(ddof=1) if len(values) > 1 else np.nan for values in strata)
        deviations = np.array(list(of_each))
    return _student(float(sums.sum() / sizes.sum()), deviations, sizes / sizes.sum(), sizes)


def interquartile_mean(values: Floats, independent: Independent = list) -> Interval:
    """Mean of the middle half of (S, n) values. Without a second seed there is no interval.

    independent: makes of all strata those that do not depend on each other (`together`).
    """
    if not values.size:
        return NONE
    ordered = np.sort(values, axis=None)
    cut = len(ordered) // 4
    inner = ordered[cut : len(ordered) - cut]
    drawn_in = np.clip(values, inner[0], inner[-1]) * len(ordered) / len(inner)
    middle, around = float(inner.mean()), pooled(independent(drawn_in))
    return Interval(middle, *(limit - around.mean + middle for limit in around[1:]))


def _student(center: float, deviations: Floats, weights: Floats, sizes: Floats) -> Interval:
    """t interval of a weighted sum of means that do not depend on each other."""
    parts = weights**2 * deviations**2 / sizes
    total = float(parts.sum())
    if not total > 0:  # all alike, or not known
        return Interval(center, center + 0 * total, center + 0 * total)
    freedom = float(1 / ((parts / total) ** 2 / (sizes - 1)).sum())
    half = float(special.stdtrit(freedom, (1 + LEVEL) / 2) * np.sqrt(total))
    return Interval(center, center - half, center + half)


def shares(hits: Floats, independent: Independent = list) -> Limits:
    """Mean of (..., S, n) hits (1) and misses (0).

    independent: as of `interquartile_mean`, of (S, n, ...).
    """
    n = hits.shape[-1]
    return _score(hits.mean(-1), hits, lambda q: q * (1 - q) / n, independent)


def superiority(x: Floats, y: Floats, independent: Independent = list) -> Limits:
    """P(X > Y) + P(X = Y) / 2 of (..., S, n) values of the same seeds, mean over strata.

    independent: as of `interquartile_mean`, of (S, n, ...).
    """
    n = x.shape[-1]
    above = np.sign(x[..., :, None] - y[..., None, :]) / 2 + 0.5

    def spread(q: Floats) -> Floats:
        same = (1 - q) / (2 - q) + q / (1 + q)
        return np.asarray(q * (1 - q) / n**2 * (1 + (n - 1) * same))

    return _score(above.mean((-2, -1)), above.mean(-1) + above.mean(-2), spread, independent)


def _score(parts: Floats, seeds: Floats, spread: Spread, independent: Independent) -> Limits:
    """The mean along the last axis, and where on either side it is just as far as chance goes.

    seeds: (..., S, n), what each contributes to its stratum.
    """
    (count, n), mean = seeds.shape[-2:], np.asarray(parts.mean(-1))
    own = independent(np.moveaxis(seeds, (-2, -1), (0, 1)))
    shared, freedom = count / len(own), len(own) * (n - 1)
    reach = NORMAL if shared == 1 or not freedom else special.stdtrit(freedom, (1 + LEVEL) / 2)
    together, most = spread(mean), np.full_like(mean, shared)
    known = (together > 0) & (n > 1)
    if n > 1:
        inside = shared**2 / n * np.sum([group.var(axis=0, ddof=1) for group in own], axis=0)
        drawn_in = (inside + PRIOR * together) / np.where(known, (count + PRIOR) * together, 1)
        most = np.where(known, np.minimum(drawn_in, shared), shared)

    def limit(end: float) -> Floats:
        near, far = mean.copy(), np.full_like(mean, end)
        for _ in range(HALVINGS):
            q = (near + far) / 2
            reached = np.abs(q - mean) <= reach * np.sqrt(most * spread(q) / count)
            near, far = np.where(reached, q, near), np.where(reached, far, q)
        return np.asarray(near)

    return Limits(mean, limit(0.0), limit(1.0))
