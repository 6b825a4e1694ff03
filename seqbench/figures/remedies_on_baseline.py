"""Learning curves of the baseline on every task, under each remedy."""

import pandas as pd
from matplotlib.figure import Figure

from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.curves import multiples, reference, skill_curves

ORDER = 70
SECTION = "tasks"
LINES = 12  # more cannot be told apart in one panel
TITLE = "Learning curves of the baseline `{baseline}` under each remedy"
CAPTION = (
    "Validation skill of the cell `{baseline}` over updates, a color per remedy, at the learning "
    "rate chosen on validation; strong lines are medians over seeds, faint ones single seeds; "
    "`reference` is the test skill of its best reference arm. "
    f"Compare with the solid black line, which is without a remedy. At most {LINES} remedies are "
    "drawn: `none`, and those whose mean test skill differs most from it."
)
ALT = (
    "One panel per task, one line per remedy, validation skill of the baseline "
    "against updates, with lines at chance and at the pass mark. The numbers are in the table "
    "beside it."
)
TABLE = "curves"


def most_different(tables: Tables) -> set[str]:
    """none, and the remedies that change the cell's mean skill most, either way."""
    mine = tables.comparisons[tables.comparisons["cell"] == tables.baseline]
    change = mine.groupby("remedy")["difference"].mean().abs().dropna()
    return {"none", *change.sort_values(ascending=False, kind="stable").index[: LINES - 1]}


def data(tables: Tables) -> pd.DataFrame:
    """task, cell, remedy, seed, step, skill."""
    return skill_curves(tables, cell=tables.baseline, remedy=most_different(tables))


def draw(tables: Tables) -> Figure:
    """A panel per task, a line per remedy."""
    frame = data(tables)
    if frame.empty:
        return style.no_data(f"no curve of the cell {tables.baseline} was recorded")
    return multiples(frame, tables, "remedy", reference(tables, tables.baseline))
