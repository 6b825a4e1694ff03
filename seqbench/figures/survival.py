"""Survival curves: updates until every task is solved, cells without a remedy."""

import pandas as pd
from matplotlib.figure import Figure

from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.solving import multiples, solving

ORDER = 91
SECTION = "tuning"
TITLE = "Updates until solved: the cells, without a remedy"
CAPTION = (
    "Kaplan and Meier's estimate of the share of seeds whose validation score has met the pass "
    "mark, over updates, at the learning rate chosen on validation. A step is a seed that solved "
    "the task; a tick is one that ended without solving it (censored). The earlier and the higher "
    "a curve rises, the better. With more than twelve cells, a curve is a family."
)
ALT = (
    "One panel per task, rising step curves, one per cell: share of seeds solved against updates. "
    "The numbers are in the table beside it."
)
TABLE = "survival"


def data(tables: Tables) -> pd.DataFrame:
    """task, name, step, share, low, high, at_risk, censored."""
    return solving(tables, "cell")


def draw(tables: Tables) -> Figure:
    """A panel per task, a line per cell."""
    frame = data(tables)
    if frame.empty:
        return style.no_data("no trial without a remedy was trained")
    return multiples(tables, frame, "cell")
