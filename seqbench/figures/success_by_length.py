"""Success rates over the lag."""

import pandas as pd
from matplotlib.figure import Figure

from seqbench.analysis.tables.longest import shares
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.reach import Panel, curves

ORDER = 42
SECTION = "reach"
TITLE = "Success against the lag"
CAPTION = (
    "Share of seeds that solve a task, against the lag at which they were trained, at the "
    "learning rate with the best validation score at that lag. First: every cell without a "
    "remedy. Then: every remedy on the cell `{baseline}`. On the dashed line (80 %) or above it, a "
    "lag counts as solved. A search tries only the lags that it needs, so a curve ends soon after "
    "it falls. With more than twelve lines, a strong line is the median of a family."
)
ALT = (
    "For every task two panels of the share of seeds solved against the lag, on a logarithmic "
    "scale: one line per cell without a remedy, and one line per remedy on the simple recurrent "
    "network. The numbers are in the table beside it."
)
TABLE = "reach"


def data(tables: Tables) -> pd.DataFrame:
    """task, cell, remedy, lag, solved, n, share."""
    tried = shares(tables.reach)
    tried = tried[tried["ran"] & ((tried["remedy"] == "none") | (tried["cell"] == tables.baseline))]
    tried = tried.assign(share=tried["solved"].astype(float) / tried["n"].astype(float))
    columns = ["task", "cell", "remedy", "lag", "solved", "n", "share"]
    return tried[columns].reset_index(drop=True)


def draw(tables: Tables) -> Figure:
    """A column per task, cells above and remedies below."""
    frame = data(tables)
    frame = frame[frame["lag"] > 0]
    if frame.empty:
        return style.no_data("no search for the longest lag was run")
    panel = Panel("lag", "share", "lag in steps", "share of seeds that solve", -0.05, (0.8, "80 %"))
    return curves(frame, tables, panel)
