"""Learning curves of the plain recurrent network on every task, under each remedy."""

import pandas as pd
from matplotlib.figure import Figure

from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.curves import multiples, skill_curves

ORDER = 70
SECTION = "tasks"
CELL = "rnn"
LINES = 12  # more cannot be told apart in one panel
TITLE = "Learning curves of the simple recurrent network under each remedy"
CAPTION = (
    "Validation skill of the cell rnn over updates, one line per remedy, at the learning rate "
    "chosen on validation: the median over seeds strong, every seed faint. Compare with the solid "
    f"black line, which has no remedy. At most {LINES} lines: none, and the remedies whose mean "
    "test skill differs most from it."
)
ALT = (
    "One panel per task, one line per remedy, validation skill of the simple recurrent network "
    "against updates, with lines at chance and at the pass mark. The numbers are in the table "
    "beside it."
)
TABLE = "curves"


def most_different(tables: Tables) -> set[str]:
    """none, and the remedies that change the cell's mean skill most, either way."""
    mine = tables.comparisons[tables.comparisons["cell"] == CELL]
    change = mine.groupby("remedy")["difference"].mean().abs().dropna()
    return {"none", *change.sort_values(ascending=False, kind="stable").index[: LINES - 1]}


def data(tables: Tables) -> pd.DataFrame:
    """task, cell, remedy, seed, step, skill."""
    return skill_curves(tables, cell=CELL, remedy=most_different(tables))


def draw(tables: Tables) -> Figure:
    """A panel per task, a line per remedy."""
    frame = data(tables)
    if frame.empty:
        return style.no_data(f"no curve of the cell {CELL} was recorded")
    return multiples(frame, tables.trials, "remedy")
