"""parallel_cells.csv: what training does to how many iterations stand for the loop, by cell.

Without a remedy. Before training it is of the card, which has random inputs and the matrix's hidden
units; after it of the weights that were tested, on inputs of their task: medians over seeds at what
was chosen on validation, and of these over tasks. So what differs is more than training alone.
"""

import numpy as np
import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.columns import typed
from seqbench.analysis.tables.parallel import NUMBERS, after, before, middle
from seqbench.analysis.tidy import Tables
from seqbench.records import NEWTON_MOST

BEYOND = f"{NEWTON_MOST + 1}: more than {NEWTON_MOST}; empty: too large a state"
# name: (dtype, meaning)
COLUMNS = {
    "cell": ("str", "name in the matrix"),
    "tasks": ("Int64", "tasks on which it was measured after training"),
    "exponent_start": (
        "float64",
        "growth of the gradient per step on its card; empty: all is gone",
    ),
    "exponent_end": ("float64", "the same after training, likewise"),
    "newton_128_start": ("Int64", f"iterations over 128 steps on its card; {BEYOND}"),
    "newton_128_end": ("Int64", "the same after training, likewise"),
    "newton_1024_start": ("Int64", "iterations over 1,024 steps on its card, likewise"),
    "newton_1024_end": ("Int64", "the same after training, likewise"),
}
MADE_FROM = ("cards", "trials")


def make(tables: Tables) -> pd.DataFrame:
    """A row per cell that was measured after training and has a card, in reading order."""
    found = after(tables)
    found = found[found["remedy"].eq("none")]
    many = found.groupby("cell").size().rename("tasks").reset_index()
    ends = many.merge(middle(found, ["cell"]), on="cell")
    cards = before(tables.cards)
    starts = cards[cards["remedy"].eq("none")]
    both = starts.merge(ends, on="cell", suffixes=("_start", "_end"))
    numbers = [f"{name}_{end}" for name in NUMBERS for end in ("start", "end")]
    both[numbers] = both[numbers].replace(-np.inf, np.nan)
    places = {name: k for k, name in enumerate(order.cells(both["cell"]))}
    ranked = both.sort_values("cell", key=lambda cells: cells.map(places), ignore_index=True)
    return typed(ranked[list(COLUMNS)], COLUMNS)
