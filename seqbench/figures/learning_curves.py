"""Learning curves of every cell on every task, without a remedy."""

import pandas as pd
from matplotlib.figure import Figure

from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.curves import multiples, reference, skill_curves

ORDER = 60
SECTION = "tasks"
TITLE = "Learning curves of the cells, without a remedy"
CAPTION = (
    "Validation skill over updates, without a remedy, at the learning rate chosen on validation; "
    "strong lines are medians over seeds, faint ones single seeds. `reference` is the test skill "
    "of the best reference arm of any cell: what is above it, learning through time brought. A "
    "line that stays at chance has learned nothing; one that rises and falls again has collapsed. "
    "A trial that solved the task or diverged keeps its last value. Skill far below chance "
    "is not shown. With more than twelve cells, a strong line is the median of a family, a faint "
    "one a cell."
)
ALT = (
    "One panel per task, one line per cell, validation skill against updates, with horizontal "
    "lines at chance and at the pass mark. The numbers are in the table beside it."
)
TABLE = "curves"


def data(tables: Tables) -> pd.DataFrame:
    """task, cell, remedy, seed, step, skill."""
    return skill_curves(tables, remedy="none")


def draw(tables: Tables) -> Figure:
    """A panel per task, a line per cell."""
    frame = data(tables)
    if frame.empty:
        return style.no_data("no curve without a remedy was recorded")
    return multiples(frame, tables, "cell", reference(tables))
