"""longest.csv: the longest lag solved, T*, of every search (task, cell, remedy).

A length is solved if at least 80 % of its seeds are, each at the learning rate chosen on validation
at that length. T* is the lag of the longest solved length below which no tried length is unsolved:
so where success is not monotone, the first failure counts. If the longest length tried is solved,
T* is *at least* its lag; if the first is not, T* is *less than* its lag.

The interval is for the lag at which 80 % of seeds succeed, given a falling logistic curve:

    P(a seed solves lag T) = s(log 4 + k log(T* / T))        s(log 4) = .8

over a grid of T*, flat in log T* from a quarter of the shortest to four times the longest lag
tried, and of k, flat in log k from 1 (success fades over a decade) to 64 (a sharp edge). Its ends
are the 2.5 % and 97.5 % points of what the solved shares make of that (a posterior, so that it does
not matter that the search chose its lengths by what it had seen), widened to hold T* itself. It is
open to the side of a limit. Seeds are taken as independent, also from length to length.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit

from seqbench.analysis.choose import GROUP, places
from seqbench.analysis.columns import typed
from seqbench.analysis.methods.statistics import ALPHA, Floats
from seqbench.analysis.tidy import Tables
from seqbench.criteria import RAN, SHARE, enough

# name: (dtype, meaning)
COLUMNS = {
    "task": ("str", "name under reach in the matrix"),
    "cell": ("str", "name in the matrix"),
    "remedy": ("str", "name in the matrix"),
    "lag": ("Int64", "longest lag solved, T*; with a limit, the lag that it names; empty: none"),
    "limit": ("str", "at least: all lengths tried were solved; less than: none was; else empty"),
    "low": ("float64", "95 % interval of T*; empty: open"),
    "high": ("float64", "95 % interval of T*; empty: open"),
    "unsolved": ("Int64", "shortest lag tried that was not solved; empty: none"),
    "length": ("Int64", "the task's length at the lag T*"),
    "seeds": ("Int64", "seeds at every length"),
    "rounds": ("Int64", "lengths tried"),
    "updates": ("Int64", "update budget"),
    "reason": ("str", "why there is no T*, or why the search ended early"),
}
MADE_FROM = ("reach",)
THRESHOLDS, SLOPES = 400, 13  # points of the grid
STEEPEST = 64.0


class Search(NamedTuple):
    """The lengths of one search, the shortest first: seeds that solved, of how many."""

    lengths: Floats
    lags: Floats
    solved: Floats
    seeds: Floats
    ran: Floats  # 1 where any trial ran


LENGTHS = ["length", "lag", "solved", "n", "ran"]  # columns of `shares` in that order


def trained(reach: pd.DataFrame) -> pd.DataFrame:
    """The rows of ordinary tests at the chosen learning rates."""
    return reach[reach["chosen"].fillna(False).astype(bool) & reach["factor"].eq(1)]


def shares(reach: pd.DataFrame) -> pd.DataFrame:
    """task, cell, remedy, length, lag, solved, n, ran: one row per length tried, sorted."""
    rows = trained(reach)
    solved = rows["solved"].astype("boolean").fillna(False).astype(bool)
    ran = rows["status"].isin(RAN)
    by = rows.assign(solved=solved, ran=ran).groupby([*GROUP, "length"])
    made = by.agg(
        lag=("lag", "first"), solved=("solved", "sum"), n=("solved", "size"), ran=("ran", "any")
    )
    return made.reset_index()


def make(tables: Tables) -> pd.DataFrame:
    """A row per search (task, cell, remedy), sorted by these."""
    return longest(tables.reach)


def longest(reach: pd.DataFrame) -> pd.DataFrame:
    """The table described by COLUMNS, sorted by task, cell and remedy."""
    tried, first = shares(reach), reach.drop_duplicates(GROUP).set_index(GROUP)
    reasons = trained(reach)
    reasons = reasons[~reasons["status"].isin(RAN)].drop_duplicates(GROUP).set_index(GROUP)
    rows, values = [], tried[LENGTHS].to_numpy("float64")
    for key, where in places(tried).items():
        search = Search(*values[where].T)
        reason = reasons["reason"].get(key, "")
        names = dict(zip(GROUP, key, strict=True))
        rows.append(
            names
            | {"rounds": int(search.ran.sum()), "reason": reason}
            | {"updates": first["updates"][key]}
            | found(search)
        )
    return typed(pd.DataFrame(rows, columns=list(COLUMNS)), COLUMNS)


def found(search: Search) -> dict[str, object]:
    """T* of one search with its interval, as columns; {} where nothing ran."""
    ran = search.ran > 0
    search = Search(*(part[ran] for part in search))
    if not len(search.lengths):
        return {}
    good = np.array([enough(*counts) for counts in zip(search.solved, search.seeds, strict=True)])
    last = len(good) if good.all() else int(np.argmin(good))  # the first one that is not solved
    place = max(last - 1, 0)
    limit = "at least" if last == len(good) else "" if last else "less than"
    interval = _interval(search, place, limit)
    return {
        "lag": search.lags[place],
        "limit": limit,
        "low": interval[0],
        "high": interval[1],
        "unsolved": None if last == len(good) else search.lags[last],
        "length": search.lengths[place],
        "seeds": search.seeds.max(),
    }


def _interval(search: Search, place: int, limit: str) -> tuple[float, float]:
    """The interval around the lag at `place`; no number where the lags do not grow."""
    if (np.diff(search.lags) <= 0).any() or search.lags[0] <= 0:
        return np.nan, np.nan
    low, high = threshold(search.lags, search.solved, search.seeds)
    at = float(search.lags[place])
    low = np.nan if limit == "less than" else min(low, at)
    return low, np.nan if limit == "at least" else max(high, at)


def threshold(lags: Floats, solved: Floats, seeds: Floats) -> tuple[float, float]:
    """95 % interval of the lag that 80 % of seeds solve, from solved seeds by lag (each (n,))."""
    x = np.log(lags)
    grid = np.linspace(x[0] - np.log(4), x[-1] + np.log(4), THRESHOLDS)
    slopes = np.geomspace(1, STEEPEST, SLOPES)
    logits = np.log(SHARE / (1 - SHARE)) + slopes[:, None] * (grid[:, None, None] - x)[:, :, :]
    chance = expit(logits)  # (thresholds, slopes, lags)
    tiny = np.finfo(float).tiny
    fits = solved * np.log(chance + tiny) + (seeds - solved) * np.log1p(-chance + 1e-12)
    weight = np.exp((total := fits.sum(-1)) - total.max()).sum(1)
    below = np.cumsum(weight) / weight.sum()
    ends = np.searchsorted(below, [ALPHA / 2, 1 - ALPHA / 2])
    low, high = np.exp(grid[np.minimum(ends, len(grid) - 1)])
    return float(low), float(high)
