"""How long something takes when some never get there: Kaplan and Meier's curve, and a test.

    S(t) = product over t_i <= t of (1 - d_i / r_i)     d_i events among r_i still at risk

Limits of S are Wilson's for as many trials as would leave the same number at risk without
censoring; so they also hold for five trials, and the median's limits are where they cross a half.
Two groups are compared by the log-rank test, its observed minus expected events and variances
summed over strata (tasks).

Source: kaplan1958, mantel1966, wilson1927
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from seqbench.analysis.methods.statistics import Floats, wilsons

Flags = NDArray[np.bool_]
Timed = tuple[Floats, Flags]  # how long each was watched; whether it got there at the end


class Curve(NamedTuple):
    """Share that got there by each time, from time 0, with 95 % limits."""

    time: Floats
    share: Floats
    low: Floats
    high: Floats
    at_risk: Floats  # just before


class Median(NamedTuple):
    """When half got there; infinite: not within the time watched."""

    middle: float
    low: float
    high: float


def curve(time: Floats, event: Flags) -> Curve:
    """Of trials that were watched for `time` and got there at its end where `event`."""
    times, place = np.unique(np.append(time, 0.0), return_inverse=True)
    got = np.bincount(place[:-1], weights=event, minlength=len(times))
    ended = np.bincount(place[:-1], minlength=len(times))
    at_risk = len(time) - np.append(0, ended.cumsum()[:-1]).astype(float)
    left = np.cumprod(1 - got / np.maximum(at_risk, 1))
    after = at_risk - got
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = np.where(left > 1e-12, after / left, np.nan)
    for i in np.flatnonzero(np.isnan(worth)):  # nobody is left: as many as there were before
        worth[i] = worth[i - 1] if i else len(time)
    share = 1 - left
    _, low, high = wilsons(share * worth, worth)
    return Curve(times, share, low, high, at_risk)


def median(of: Curve) -> Median:
    """When the curve and its limits reach one half."""
    return Median(*(_reached(of.time, part) for part in (of.share, of.high, of.low)))


def _reached(time: Floats, share: Floats) -> float:
    there = np.flatnonzero(share >= 0.5 - 1e-12)
    return float(time[there[0]]) if len(there) else np.inf


class LogRank(NamedTuple):
    """How many more of the first group got there than expected (more: sooner, or more often)."""

    excess: float
    p: float  # of "both groups get there alike", two-sided; NaN where nobody gets there


def compared(strata: Iterable[tuple[Timed, Timed]]) -> LogRank:
    """The log-rank test of two groups, stratified."""
    found = np.array([_observed(*pair) for pair in strata], np.float64).reshape(-1, 2)
    more, variance = (float(part) for part in found.sum(0))
    p = float(special.chdtrc(1, more**2 / variance)) if variance > 1e-12 else np.nan
    return LogRank(more, p)


def _observed(one: Timed, other: Timed) -> tuple[float, float]:
    """Events of one group beyond what was to be expected, and the variance of that."""
    times = np.unique(np.concatenate([time[event] for time, event in (one, other)]))
    risk, got = (
        np.array([[compare(time, event, t).sum() for t in times] for time, event in (one, other)])
        for compare in (_watched, _event)
    )
    r, d, own = risk.sum(0), got.sum(0), risk[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = own * (r - own) * d * (r - d) / (r**2 * (r - 1.0))
    expected = d * own / np.maximum(r, 1)
    return float((got[0] - expected).sum()), float(np.nan_to_num(variance).sum())


def _watched(time: Floats, _: Flags, t: float) -> Flags:
    return np.asarray(time >= t)


def _event(time: Floats, event: Flags, t: float) -> Flags:
    return np.asarray(event & (time == t))
