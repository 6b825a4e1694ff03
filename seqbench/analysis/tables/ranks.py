"""ranks.csv: mean ranks, Friedman's test and the groups that do not differ significantly (Nemenyi).

Within every stratum (a task, or a task and a cell) the names are ranked by mean test skill over
seeds, 1 is best, ties share a rank. All strata of one task (its labels, the cells on it) are alike,
so the ranks of each are averaged, weighed by how many they are, and N counts tasks. Friedman's test
asks whether all k mean ranks over N tasks could be the same; if it finds a difference, two of them
differ where they are further apart than

    CD = q sqrt(k (k + 1) / (6 N)),    q = 5 % point of the studentized range / sqrt(2)   (Nemenyi)

times the root of how much less averaged and tied ranks vary than the ranks 1 to k. Names that share
a letter do not differ significantly.
Source: friedman1937, demsar2006
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from seqbench.analysis import runs
from seqbench.analysis.methods.statistics import ALPHA, LEVEL, Floats
from seqbench.analysis.tidy import Tables

# name: (dtype, meaning)
COLUMNS = {
    "kind": ("str", runs.KIND),
    "tasks": ("str", runs.TASKS),
    "name": ("str", "cell or remedy"),
    "strata": ("Int64", "tasks, or (task, cell) pairs, in which all of the names were ranked"),
    "rank": ("float64", "mean rank by test skill, 1 is best"),
    "group": ("str", "letters; names that share one do not differ significantly (Nemenyi)"),
    "of": ("Int64", "names that were ranked"),
    "friedman": ("float64", "Friedman's statistic, corrected for ties"),
    "p": ("float64", "p of Friedman's test over tasks, whatever their labels, that they are alike"),
    "least": ("float64", "the smallest p that so many names and tasks can have"),
    "critical": ("float64", "Nemenyi's critical difference of two mean ranks, 5 %"),
}
MADE_FROM = ("trials",)
APART = True


class Ranked(NamedTuple):
    """What the ranks of k names over N tasks say."""

    ranks: Floats
    groups: list[str]
    friedman: float
    p: float
    least: float
    critical: float


def make(tables: Tables) -> pd.DataFrame:
    """A row per kind, scope and name, sorted by kind, tasks, rank and name."""
    rows = []
    for of in runs.gather(tables):
        ranked = rank(of.skill.mean(-1), of.independent)
        rows += [
            (of.kind, of.tasks, name, of.skill.shape[1], mean, group, len(of.names), *ranked[2:])
            for name, mean, group in zip(of.names, ranked.ranks, ranked.groups, strict=True)
        ]
    frame = runs.table(rows, COLUMNS)
    return frame.sort_values(["kind", "tasks", "rank", "name"], ignore_index=True)


def rank(skill: Floats, independent: Callable[[Floats], Sequence[Floats]] = list) -> Ranked:
    """Of (names, strata) values, larger is better.

    independent: makes of (strata, names) ranks those of tasks (`strata.together`).
    """
    middle = (len(skill) + 1) / 2
    away = np.stack(independent(stats.rankdata(-skill, axis=0).T - middle), axis=1)
    k, n = away.shape
    means = away.mean(1) + middle
    spread = float((away**2).sum())
    between = float(((means - middle) ** 2).sum())
    friedman = n**2 * (k - 1) * between / spread if spread else np.nan
    p = float(stats.chi2.sf(friedman, k - 1))
    critical = critical_difference(k, n) * np.sqrt(spread / (k * (k**2 - 1) * n / 12))
    # without a difference shown at all, everybody is in one group
    apart = critical if p < ALPHA else np.inf
    least = float(stats.chi2.sf(n * (k - 1), k - 1))
    return Ranked(means, letters(means, apart), friedman, p, least, critical)


def critical_difference(k: int, n: int) -> float:
    """By how much two of k mean ranks over n strata must differ, at 5 %."""
    q = float(stats.studentized_range.ppf(LEVEL, k, np.inf)) / np.sqrt(2)
    return float(q * np.sqrt(k * (k + 1) / (6 * n)))


def letters(means: Floats, apart: float) -> list[str]:
    """a for the group that the best belongs to, and so on; one name may be in several groups."""
    order = np.argsort(means, kind="stable")
    ordered = means[order]
    reach = np.searchsorted(ordered, ordered + apart * (1 + 1e-12), side="right")
    groups = [""] * len(means)
    last, letter = 0, 0
    for first, end in enumerate(reach):
        if end > last:  # a group that is not inside the one before
            for place in order[first:end]:
                groups[place] += _letter(letter)
            last, letter = int(end), letter + 1
    return groups


def _letter(i: int) -> str:
    """a to z, then A to Z; a table of more groups shares the last."""
    return "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[min(i, 51)]
