"""parallel.csv: does the Lyapunov exponent go with how many iterations stand for the loop?

Iterations of Newton's method over all steps at once, and the growth of the gradient per step:
before training of every card (a cell with one initialization), on random inputs; after it of every
(task, cell, remedy) that was measured, on inputs of the task, medians over seeds at what was chosen
on validation, under the most adaptive optimizer. Spearman's rank correlation of the two; the
interval resamples cells, because what is of one cell is alike, and its tasks are no evidence of
their own. More iterations than are tried share the last rank, and where nothing is left of the
gradient the exponent has the first. A cell without a loop stays out, and so does what has too large
a state to be tried.
"""

import numpy as np
import pandas as pd

from seqbench.analysis import runs
from seqbench.analysis.choose import GROUP
from seqbench.analysis.columns import typed
from seqbench.analysis.methods.rank_correlation import FEWEST, rank_correlation
from seqbench.analysis.tidy import Tables
from seqbench.records import NEWTON, NEWTON_MOST, PARALLEL

# name: (dtype, meaning)
COLUMNS = {
    "when": ("str", "before: at initialization; after: the weights that were tested"),
    "steps": ("Int64", "length of the sequence"),
    "n": ("Int64", "cards, or combinations of task, cell and remedy that were trained"),
    "cells": ("Int64", "distinct cells among them"),
    "beyond": ("Int64", f"of these, those of more than {NEWTON_MOST} iterations"),
    "large": ("Int64", "left out, as the state is too large"),
    "rho": ("float64", "Spearman's rank correlation; empty: too few, or all are equal"),
    "low": ("float64", "95 % bootstrap interval over cells"),
    "high": ("float64", "95 % bootstrap interval over cells"),
    "reason": ("str", "why there is no correlation"),
}
MADE_FROM = ("cards", "trials")
COUNTS = tuple(f"newton_{steps}" for steps in NEWTON)
NUMBERS = ["exponent", *COUNTS]


def make(tables: Tables) -> pd.DataFrame:
    """A row per time and length, the shortest first; none where nothing was measured."""
    found = {"before": before(tables.cards), "after": after(tables)}
    rows = [
        _row(when, frame[runs.with_loop(frame)], steps)
        for when, frame in found.items()
        for steps in (NEWTON if len(frame) else ())
    ]
    return typed(pd.DataFrame(rows, columns=list(COLUMNS)), COLUMNS)


def before(cards: pd.DataFrame) -> pd.DataFrame:
    """cell, remedy and NUMBERS of the cards that there are; exponent -inf: nothing is left."""
    known = cards[cards["reason"] == ""]
    numbers = known[NUMBERS].astype("float64")
    return known[["cell", "remedy"]].join(numbers.fillna({"exponent": -np.inf}))


def after(tables: Tables) -> pd.DataFrame:
    """task, cell, remedy and NUMBERS of what was measured when trained; sorted.

    Of the tasks under the most adaptive optimizer, as no mean goes over two of them.
    A median is the lower one of two in the middle, so that it is a number of a seed.
    """
    trials = tables.parts[tables.optimizers[-1]].tuned
    numbers = trials[list(PARALLEL)].astype("float64").set_axis(NUMBERS, axis=1)
    gone = numbers["exponent"].isna() & numbers[list(COUNTS)].notna().any(axis=1)
    numbers = numbers.assign(exponent=numbers["exponent"].mask(gone, -np.inf))
    known = trials[GROUP].join(numbers)[numbers.notna().any(axis=1)]
    return middle(known, GROUP)


def middle(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The lower median of NUMBERS in every group, of those that have one."""
    groups = frame.groupby(by)[NUMBERS]
    return groups.quantile(0.5, interpolation="lower").reset_index()


def _row(when: str, frame: pd.DataFrame, steps: int) -> dict[str, object]:
    tried = frame.dropna(subset=f"newton_{steps}")
    counts = tried[f"newton_{steps}"]
    rho = rank_correlation(tried["exponent"], counts, list(tried["cell"]))
    reason = ""
    if len(tried) < FEWEST:
        reason = f"too few combinations: {len(tried)} of at least {FEWEST}"
    elif np.isnan(rho.mean):
        reason = "all combinations are equal on one side"
    return {
        "when": when,
        "steps": steps,
        "n": len(tried),
        "cells": int(tried["cell"].nunique()),
        "beyond": int((counts > NEWTON_MOST).sum()),
        "large": len(frame) - len(tried),
        "rho": rho.mean,
        "low": rho.low,
        "high": rho.high,
        "reason": reason,
    }
