"""parallel.csv: does the Lyapunov exponent go with how many iterations stand for the loop?

Of every card (a cell with one initialization), the iterations of Newton's method over all steps at
once, and the growth of the gradient per step. Spearman's rank correlation of the two; the interval
resamples cells, because a cell's initializations are alike. More iterations than are tried share
the last rank, and where nothing is left of the gradient the exponent has the first. A cell without
a loop stays out, and so does what has too large a state to be tried.
"""

import numpy as np
import pandas as pd

from seqbench.analysis import runs
from seqbench.analysis.columns import typed
from seqbench.analysis.methods.rank_correlation import FEWEST, rank_correlation
from seqbench.analysis.tidy import Tables
from seqbench.records import NEWTON, NEWTON_MOST

# name: (dtype, meaning)
COLUMNS = {
    "steps": ("Int64", "length of the sequence"),
    "n": ("Int64", "cards: combinations of cell and initialization"),
    "cells": ("Int64", "distinct cells among them"),
    "beyond": ("Int64", f"of the cards, those of more than {NEWTON_MOST} iterations"),
    "rho": ("float64", "Spearman's rank correlation; empty: too few cards, or all are equal"),
    "low": ("float64", "95 % bootstrap interval over cells"),
    "high": ("float64", "95 % bootstrap interval over cells"),
    "reason": ("str", "why there is no correlation"),
}
MADE_FROM = ("cards",)


def make(tables: Tables) -> pd.DataFrame:
    """A row per length, the shortest first; none where the run has no cards."""
    cards = tables.cards[tables.cards["reason"] == ""]
    cards = cards[runs.with_loop(cards)]
    rows = [_row(cards, steps) for steps in NEWTON] if len(cards) else []
    return typed(pd.DataFrame(rows, columns=list(COLUMNS)), COLUMNS)


def _row(cards: pd.DataFrame, steps: int) -> dict[str, object]:
    tried = cards.dropna(subset=f"newton_{steps}")
    counts = tried[f"newton_{steps}"].astype("float64")
    slopes = tried["exponent"].astype("float64").fillna(-np.inf)
    rho = rank_correlation(slopes, counts, list(tried["cell"]))
    reason = ""
    if len(tried) < FEWEST:
        reason = f"too few combinations: {len(tried)} of at least {FEWEST}"
    elif np.isnan(rho.mean):
        reason = "all combinations are equal on one side"
    return {
        "steps": steps,
        "n": len(tried),
        "cells": int(tried["cell"].nunique()),
        "beyond": int((counts > NEWTON_MOST).sum()),
        "rho": rho.mean,
        "low": rho.low,
        "high": rho.high,
        "reason": reason,
    }
