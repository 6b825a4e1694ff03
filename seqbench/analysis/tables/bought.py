"""bought.csv: what the gradient through time buys every cell on every task."""

import pandas as pd

from seqbench.analysis import references
from seqbench.analysis.tidy import Tables

# name: (dtype, meaning)
COLUMNS = references.COLUMNS | {
    "telling": ("boolean", "the task counts in headline means: it buys something there"),
}
MADE_FROM = ("trials",)


def make(tables: Tables) -> pd.DataFrame:
    """A row per task and cell with a loop, sorted by these; none where there is no reference."""
    return tables.bought.assign(telling=tables.tells(tables.bought))
