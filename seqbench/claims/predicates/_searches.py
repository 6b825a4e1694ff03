"""What predicates on searches for the longest lag share: which searches are meant."""

import pandas as pd

from seqbench.claims.claim import PAST, Rows


def searched(table: pd.DataFrame, rows: Rows) -> pd.DataFrame:
    """The rows of a table by the task's name or its base, cell and remedy."""
    tasks = rows.tasks or ()
    chosen = table["task"].str.partition("@")[0].isin(tasks) | table["task"].isin(tasks)
    chosen |= PAST in tasks
    return table[
        chosen & table["cell"].isin(rows.cells or ()) & table["remedy"].isin(rows.remedies or ())
    ]
