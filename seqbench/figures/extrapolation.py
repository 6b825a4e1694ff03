"""Length extrapolation: skill on sequences longer than those of training."""

import pandas as pd
from matplotlib.figure import Figure

from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.reach import Panel, curves

ORDER = 44
SECTION = "reach"
TITLE = "Length extrapolation: the same weights on longer sequences"
FLOOR = -0.2  # skill shown
CAPTION = (
    "Mean test skill on longer sequences than those of training, with the same weights, of the "
    "trials that solve their training length. First: every cell without a remedy. Then: every "
    "remedy on the cell `{baseline}`. A level line means that the rule was learned, whatever the "
    "length; a falling one, that only the trained lengths were. A skill far below chance is drawn "
    "at the lower edge. The numbers of the figure have the share that still solves the task, with "
    "intervals, and the number of trials."
)
ALT = (
    "For every task two panels of mean test skill against test length over training length, on a "
    "logarithmic scale: one line per cell without a remedy, and one line per remedy on the simple "
    "recurrent network."
)
TABLE = "extrapolation"


def data(tables: Tables) -> pd.DataFrame:
    """task, cell, remedy, factor, n, solved, share, low, high, skill."""
    made = tables.derived["extrapolation"]
    made = made[(made["remedy"] == "none") | (made["cell"] == tables.baseline)]
    columns = ["task", "cell", "remedy", "factor", "n", "solved", "share", "low", "high", "skill"]
    return made[columns].reset_index(drop=True)


def draw(tables: Tables) -> Figure:
    """A column per task, cells above and remedies below."""
    frame = data(tables)
    if frame.empty:
        return style.no_data("nothing was tested at other lengths")
    frame = frame.assign(skill=frame["skill"].clip(lower=FLOOR))
    words = ("test length over training length", "mean test skill (1 perfect)")
    return curves(frame, tables, Panel("factor", "skill", *words, FLOOR - 0.05, (0.0, "chance")))
