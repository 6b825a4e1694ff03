"""budget.csv: random search, the expected test skill of the best of k random trials.

A grid of M settings (learning rates x gains of one cell) was tried with every seed. Of k drawn from
it without replacement, the one with the best validation score is kept; the setting with the j-th
lowest validation score is that one with probability

    C(j - 1, k - 1) / C(M, k)

so the expected test skill is exact, with no draws at all; ties share. Beyond M, all were tried.
Source: dodge2019
"""

import numpy as np
import pandas as pd
from scipy import special

from seqbench.analysis import runs
from seqbench.analysis.methods.statistics import Floats
from seqbench.analysis.methods.strata import pooled
from seqbench.analysis.tidy import Tables

# name: (dtype, meaning)
COLUMNS = {
    "kind": ("str", "cell: cells without a remedy; baseline: remedies on the baseline"),
    "tasks": ("str", runs.TASKS),
    "name": ("str", "cell (its gains are settings of one) or remedy"),
    "k": ("Int64", "random trials per seed; the one with the best validation score is kept"),
    "grid": ("Int64", "size of the grid of settings, the largest of any task"),
    "strata": ("Int64", "tasks on which all of the names ran"),
    "seeds": ("Int64", "seeds in each of them"),
    "skill": ("float64", "expected test skill of the one that is kept"),
    "low": ("float64", "95 % t interval over seeds, within tasks"),
    "high": ("float64", "95 % t interval over seeds, within tasks"),
}
MADE_FROM = ("trials",)
APART = True
SERIES = ["task", "base", "remedy", "seed"]


def make(tables: Tables) -> pd.DataFrame:
    """A row per kind, scope, name and k, sorted by these; k: powers of 2 and the whole grid."""
    base = [str(name).partition("@")[0] for name in tables.searched["cell"]]
    tried = tables.searched.assign(base=base)
    rows: list[tuple[object, ...]] = []
    for tasks, frame in runs.scopes(tables, tried):
        parts = {
            "cell": frame[frame["remedy"].eq("none")],
            "baseline": frame[frame["base"].eq(tables.baseline.partition("@")[0])],
        }
        for kind, part in parts.items():
            rows += _rows(kind, tasks, part)
    frame = runs.table(rows, COLUMNS)
    return frame.sort_values(["kind", "tasks", "name", "k"], ignore_index=True)


def _rows(kind: str, tasks: str, part: pd.DataFrame) -> list[tuple[object, ...]]:
    if part.empty:
        return []
    name, series = ("base" if kind == "cell" else "remedy"), part.groupby(SERIES)
    most = int(series.size().max())
    rows: list[tuple[object, ...]] = []
    for k in sorted({2**i for i in range(most.bit_length())} | {most}):
        expected = expected_best(part, k)
        factors = (name, "task", "seed")
        levels, skill = runs.complete(expected, factors, "skill", {"remedy": "none"})
        for level, mine in zip(levels[name], skill, strict=True):
            grid = int(expected["grid"][expected[name].eq(str(level))].max())
            if mine.size and k <= grid:
                interval = pooled(runs.by_draw(levels["task"], mine))
                rows.append((kind, tasks, level, k, grid, *mine.shape, *interval))
    return rows


def expected_best(tried: pd.DataFrame, k: int) -> pd.DataFrame:
    """SERIES, grid and skill: the expected test skill of the best of k, for every series."""
    frame = tried[[*SERIES, "rank", "redrawn_skill"]].copy()
    frame["redrawn_skill"] = frame.groupby([*SERIES, "rank"])["redrawn_skill"].transform("mean")
    frame = frame.sort_values([*SERIES, "rank"], kind="stable")
    series = frame.groupby(SERIES)
    place = np.asarray(series.cumcount() + 1, np.float64)
    grid = np.asarray(series["rank"].transform("size"), np.float64)
    frame["skill"] = chance_to_be_best(place, grid, k) * frame["redrawn_skill"].to_numpy(np.float64)
    return frame.groupby(SERIES).agg(skill=("skill", "sum"), grid=("rank", "size")).reset_index()


def chance_to_be_best(place: Floats, grid: Floats, k: int) -> Floats:
    """Probability that the one in this place (1: worst) of a grid is the best of k drawn."""
    drawn = np.minimum(k, grid)
    return np.asarray(special.binom(place - 1, drawn - 1) / special.binom(grid, drawn))
