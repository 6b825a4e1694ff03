"""Survival curves: updates until every task is solved, the plain network under each remedy."""

import pandas as pd
from matplotlib.figure import Figure

from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.solving import multiples, solving

ORDER = 92
SECTION = "tuning"
TITLE = "Updates until solved: the plain network under each remedy"
CAPTION = (
    "Kaplan and Meier's estimate of the share of seeds whose validation score has met the pass "
    "mark, over updates, at the learning rate chosen on validation. A step is a seed that solved "
    "the task; a tick is one that ended without solving it (censored). The earlier and the higher "
    "a curve rises, the better. With more than twelve remedies, a curve is a family."
)
ALT = (
    "One panel per task, rising step curves, one per remedy: share of seeds solved against "
    "updates. The numbers are in the table beside it."
)
TABLE = "survival"


def data(tables: Tables) -> pd.DataFrame:
    """task, name, step, share, low, high, at_risk, censored."""
    return solving(tables, "baseline")


def draw(tables: Tables) -> Figure:
    """A panel per task, a line per remedy."""
    frame = data(tables)
    if frame.empty:
        return style.no_data("the plain network was not trained")
    return multiples(tables, frame, "baseline")
