"""Robustness to the learning rate: success tuned, and over all learning rates."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.dots import by_panel, dots

ORDER = 90
SECTION = "tuning"
TITLE = "Tuned success against tolerance"
CAPTION = (
    "Filled: share of seeds solved at the learning rate chosen on validation. Open: tolerance, "
    "the share solved over all learning rates and seeds tried. Both are means over the telling "
    "tasks. A short line means that the remedy is robust to the learning "
    "rate, a long one that it needs tuning. A row without a mark: the remedy does not apply. With "
    f"more than {style.MANY} cells, a panel is the mean of a family."
)
ALT = (
    "One panel per cell or family, one row per remedy: a filled mark at the tuned share of solved "
    "trials and an open circle at the share over all learning rates, joined by a line. The numbers "
    "are in the table beside it."
)
TABLE = "summary"
APART = True


def data(tables: Tables) -> pd.DataFrame:
    """cell, remedy, tuned, tolerance."""
    past = tables.summary[tables.tells(tables.summary) & (tables.summary["status"] == "ok")]
    past = past.assign(tuned=past["solved"].astype(float) / past["n"].astype(float))
    return past.groupby(["cell", "remedy"], as_index=False)[["tuned", "tolerance"]].mean()


def draw(tables: Tables) -> Figure:
    """A panel per cell or family, a row per remedy."""
    frame = data(tables)
    if frame.empty:
        return style.no_data("no telling task was run")
    label = "share solved: filled at the tuned learning rate, open over all learning rates"
    shown = by_panel(frame, tables).groupby(["cell", "remedy"], as_index=False).mean()
    return dots(shown, tables, label, _pair)


def _pair(axes: Axes, row: "pd.Series[float]", y: int, look: style.Look) -> None:
    ends = [row["tolerance"], row["tuned"]]
    axes.plot(ends, [y, y], color=look.color, linewidth=1, alpha=0.6)
    axes.plot(ends[1], y, look.marker, color=look.color, markersize=4.5, clip_on=False)
    axes.plot(ends[0], y, "o", color=look.color, mfc="white", markersize=4.5, clip_on=False)
