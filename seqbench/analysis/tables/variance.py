"""variance.csv: analysis of variance of test skill by cell, remedy, task, seed, and pairs of them.

At the chosen learning rates, over the part of the table that has no holes: cells with a loop x
remedies x tasks x seeds. In such a balanced design sums of squares of any type agree and add up to
the whole:

    eta^2    SS / SS_total                                the share that is printed
    omega^2  (SS - df MS_rest) / (SS_total + MS_rest)     without what chance alone would give

The rest are interactions of three or four factors. Intervals: leave out one seed at a time
(jackknife), t with as many degrees of freedom as seeds less one.
Source: fisher1925, olejnik2003, efron1981
"""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy import special

from seqbench.analysis import runs
from seqbench.analysis.methods.statistics import LEVEL, Floats
from seqbench.analysis.tidy import Tables

# name: (dtype, meaning)
COLUMNS = {
    "tasks": ("str", runs.TASKS),
    "effect": ("str", "cell, remedy, task, seed, an interaction of two (joined by x), or rest"),
    "levels": ("str", "number of cells, remedies, tasks and seeds"),
    "df": ("Int64", "degrees of freedom"),
    "squares": ("float64", "sum of squares of test skill"),
    "share": ("float64", "eta squared: share of the total sum of squares"),
    "low": ("float64", "95 % jackknife interval over seeds"),
    "high": ("float64", "95 % jackknife interval over seeds"),
    "omega": (
        "float64",
        "omega squared: the share less what chance would give; empty for rest",
    ),
}
MADE_FROM = ("trials",)
APART = True
FACTORS = ("cell", "remedy", "task", "seed")
MANY = {"cell": "cells", "remedy": "remedies", "task": "tasks", "seed": "seeds"}
REST = "rest"


def make(tables: Tables) -> pd.DataFrame:
    """A row per scope and effect; effects in the order of FACTORS, pairs after singles."""
    best = tables.once
    rows: list[tuple[object, ...]] = []
    for tasks, frame in runs.scopes(tables, best[runs.with_loop(best)]):
        levels, skill = runs.complete(frame, FACTORS, "test_skill", {"remedy": "none"})
        if skill.size > 1 and float(np.ptp(skill)) > 0:
            words = " x ".join(_many(len(levels[name]), name) for name in FACTORS)
            rows += [(tasks, *row[:1], words, *row[1:]) for row in explain(skill)]
    return runs.table(rows, COLUMNS)


def _many(n: int, factor: str) -> str:
    return f"{n} {factor if n == 1 else MANY[factor]}"


def squares(skill: Floats) -> tuple[list[str], Floats, Floats]:
    """Effects, their degrees of freedom and their sums of squares, of a full array."""
    centered = skill - skill.mean()
    axes = range(skill.ndim)
    names, freedom, sums = [], [], []
    means: dict[tuple[int, ...], Floats] = {}
    for some in [(i,) for i in axes] + list(combinations(axes, 2)):
        others = tuple(i for i in axes if i not in some)
        mean = centered.mean(others, keepdims=True)
        means[some] = mean - sum(means[(i,)] for i in some) if len(some) > 1 else mean
        names.append(" x ".join(FACTORS[i] for i in some))
        freedom.append(np.prod([skill.shape[i] - 1 for i in some]))
        sums.append((means[some] ** 2).sum() * np.prod([skill.shape[i] for i in others]))
    freedom.append(skill.size - 1 - sum(freedom))
    sums.append(max(float((centered**2).sum()) - sum(sums), 0.0))
    return [*names, REST], np.array(freedom, np.float64), np.array(sums, np.float64)


def explain(skill: Floats) -> list[tuple[object, ...]]:
    """Rows (effect, df, squares, share, low, high, omega) of a full array, seeds last."""
    names, freedom, sums = squares(skill)
    total, rest = sums.sum(), sums[-1] / max(freedom[-1], 1)
    share = sums / total
    omega = (sums - freedom * rest) / (total + rest)
    omega[-1 if freedom[-1] else slice(None)] = np.nan
    low, high = _jackknife(skill, share)
    return list(zip(names, freedom.astype(int), sums, share, low, high, omega, strict=True))


def _jackknife(skill: Floats, share: Floats) -> tuple[Floats, Floats]:
    n = skill.shape[-1]
    if n < 3:  # with one seed left there is nothing that a seed explains
        return np.full_like(share, np.nan), np.full_like(share, np.nan)
    without = [squares(np.delete(skill, seed, -1))[2] for seed in range(n)]
    shares = np.array([sums / sums.sum() for sums in without])
    error = np.sqrt((n - 1) / n * ((shares - shares.mean(0)) ** 2).sum(0))
    half = special.stdtrit(n - 1, (1 + LEVEL) / 2) * error
    return np.maximum(share - half, 0), np.minimum(share + half, 1)
