"""longest_within.csv: the longest lag solved within a quarter, a half and all of the updates.

T* is no property of a cell alone: with more updates, longer lags are solved. A trial solves its
length within U updates if its validation score met the pass mark by then; of the learning rates,
the one counts with which most seeds did (of equals, the smaller); with search seeds, fresh seeds
count, at what these chose for all of the updates. No test score is looked at. The search chose its
lengths for the whole budget, so between two lengths tried a T* of less updates is known less
closely: its interval, that of `longest`, says how closely.
"""

import numpy as np
import pandas as pd

from seqbench.analysis.choose import GROUP, places
from seqbench.analysis.columns import typed
from seqbench.analysis.tables.longest import Search, found
from seqbench.analysis.tidy import Tables
from seqbench.criteria import RAN
from seqbench.tuning import SCORE

# name: (dtype, meaning)
COLUMNS = {
    "task": ("str", "name under reach in the matrix"),
    "cell": ("str", "name in the matrix"),
    "remedy": ("str", "name in the matrix"),
    "within": ("Int64", "updates U"),
    "lag": ("Int64", "longest lag solved within them; with a limit, the lag that it names"),
    "limit": ("str", "at least: all lengths tried were solved; less than: none was; else empty"),
    "low": ("float64", "95 % interval of it; empty: open"),
    "high": ("float64", "95 % interval of it; empty: open"),
    "seeds": ("Int64", "seeds at every length"),
}
MADE_FROM = ("reach",)
SHARES = (0.25, 0.5, 1.0)  # of the update budget


def make(tables: Tables) -> pd.DataFrame:
    """A row per search and budget, sorted by these."""
    return within(tables.reach)


def within(reach: pd.DataFrame) -> pd.DataFrame:
    """The table described by COLUMNS, of the rows of searches."""
    rows = reach[reach["factor"].eq(1) & reach["learning_rate"].notna()]
    searches = places(rows)
    made = [
        dict(zip(GROUP, key, strict=True)) | row
        for key, where in searches.items()
        for row in _budgets(rows.iloc[where])
    ]
    return typed(pd.DataFrame(made, columns=list(COLUMNS)), COLUMNS)


def _budgets(search: pd.DataFrame) -> list[dict[str, object]]:
    budget = search["updates"].max()
    if pd.isna(budget):
        return []
    rows = []
    for share in SHARES:
        updates = int(share * budget)
        row = found(_solved(search, updates))
        if row:
            rows.append({"within": updates} | {name: row[name] for name in row if name in COLUMNS})
    return rows


def _solved(search: pd.DataFrame, updates: int) -> Search:
    """Seeds that solved every length within so many updates, at the best learning rate."""
    if search["stage"].eq(SCORE).any():
        search = search[search["stage"].eq(SCORE)]
    marked = search.assign(
        soon=search["steps_to_solve"].astype("float64").le(updates), ran=search["status"].isin(RAN)
    )
    by = marked.groupby(["length", "learning_rate"])
    counts = by.agg(
        lag=("lag", "first"), soon=("soon", "sum"), n=("soon", "size"), ran=("ran", "any")
    )
    counts = counts.reset_index().sort_values(
        ["length", "soon", "learning_rate"], ascending=[True, False, True], kind="stable"
    )
    best = counts.drop_duplicates("length")
    columns = ["length", "lag", "soon", "n", "ran"]
    return Search(*best[columns].to_numpy("float64", na_value=np.nan).T)
