"""What truncated backpropagation through time costs, within its horizon and beyond.

Paired differences of test skill between `truncate` and `none`, of cells with a loop, on telling
tasks: beyond are those whose lag is longer than the horizon.
"""

from typing import NamedTuple

import pandas as pd

from seqbench.analysis.methods.statistics import Interval
from seqbench.analysis.methods.strata import pooled
from seqbench.analysis.runs import CONTROL, by_draw
from seqbench.analysis.tables.comparisons import paired, skills
from seqbench.analysis.tidy import Tables

REMEDY = "truncate"


class Part(NamedTuple):
    """The tasks on one side of the horizon, and the mean difference there, over seeds."""

    tasks: list[str]  # the shortest lag first
    difference: Interval


class Truncation(NamedTuple):
    """Both sides; None where no task was run there."""

    beyond: Part | None
    within: Part | None


def truncation(tables: Tables, horizon: float) -> Truncation | None:
    """horizon: steps after which the gradient is cut. None where there is nothing to compare."""
    pairs = differences(tables)
    if pairs.empty:
        return None
    beyond = pairs["lag"] > horizon
    return Truncation(_part(pairs[beyond]), _part(pairs[pairs["lag"] <= horizon]))


def _part(pairs: pd.DataFrame) -> Part | None:
    if pairs.empty:
        return None
    strata = by_draw(pairs["task"], pairs["pairs"])
    return Part(list(pairs["task"].unique()), pooled(strata))


def differences(tables: Tables) -> pd.DataFrame:
    """task, cell, lag, pairs (an array over seeds): one row per (task, cell), by lag."""
    best = tables.tuned[tables.tells(tables.tuned)]
    best = best[best["remedy"].isin(["none", REMEDY])]
    lags = best.groupby("task")["lag"].first()
    rows = [
        (task, cell, int(lags[task]), pairs)
        for (task, cell, _), pairs in paired(skills(best)).items()
    ]
    made = pd.DataFrame(rows, columns=["task", "cell", "lag", "pairs"]).sort_values("lag")
    return made[made["cell"].ne(CONTROL)]
