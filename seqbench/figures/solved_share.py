"""Success rates: the share of runs in which a cell under a remedy solves its task."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench.analysis.methods.statistics import wilson
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.dots import by_panel, dots

ORDER = 80
SECTION = "tuning"
TITLE = "Share of trials solved"
CAPTION = (
    "Share of trials that met their task's pass mark, at the learning rate chosen on validation, "
    "over all seeds and all telling tasks; whiskers are 95 % Wilson "
    "intervals that take the trials as independent. A row without a dot: the remedy does not "
    f"apply. With more than {style.MANY} cells, a panel is a family."
)
ALT = (
    "One panel per cell or family, one row per remedy: a dot at the share of solved trials with a "
    "whisker for its interval. The numbers are in the table beside it."
)
TABLE = "summary"
APART = True


def data(tables: Tables) -> pd.DataFrame:
    """cell, remedy, solved, n, share, low, high."""
    past = tables.summary[tables.tells(tables.summary) & (tables.summary["status"] == "ok")]
    return _shares(past)


def _shares(parts: pd.DataFrame) -> pd.DataFrame:
    """All trials of a cell and remedy together."""
    counts = parts.groupby(["cell", "remedy"], as_index=False)[["solved", "n"]].sum()
    shares = [wilson(k, n) for k, n in counts[["solved", "n"]].astype(int).to_numpy()]
    return counts.join(pd.DataFrame(shares, columns=["share", "low", "high"], dtype=float))


def draw(tables: Tables) -> Figure:
    """A panel per cell or family, a row per remedy."""
    frame = data(tables)
    if frame.empty:
        return style.no_data("no telling task was run")
    return dots(
        _shares(by_panel(frame, tables)), tables, "share of trials solved, with 95 % interval", _dot
    )


def _dot(axes: Axes, row: "pd.Series[float]", y: int, look: style.Look) -> None:
    axes.plot([row["low"], row["high"]], [y, y], color=look.color, linewidth=1)
    axes.plot(row["share"], y, look.marker, color=look.color, markersize=4.5, clip_on=False)
