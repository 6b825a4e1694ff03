"""Random search: expected test skill of the best of k random trials."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench.analysis.runs import preferred
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.pair import curves

ORDER = 94
SECTION = "tuning"
TITLE = "What tuning gains"
CAPTION = (
    "Expected test skill when k random settings (learning rates, and variants of a cell) are tried "
    "and the one with the best validation score is kept, on the tasks whose answer lies in the "
    "past; exact, not simulated. Compare at equal k: a remedy that is best only at the right end "
    "needs tuning. A line ends where every setting was tried. With more than twelve lines, the "
    "means of families are drawn."
)
ALT = (
    "Lines that rise with the number of random trials, one per cell on the left and one per "
    "remedy on the right: expected test skill. The numbers are in the table beside it."
)
TABLE = "budget"
APART = True


def data(tables: Tables) -> pd.DataFrame:
    """kind, name, k, grid, skill, low, high."""
    frame = preferred(tables.derived["budget"])
    return frame[["kind", "name", "k", "grid", "skill", "low", "high"]].reset_index(drop=True)


def draw(tables: Tables) -> Figure:
    """A panel for cells, one for remedies on the plain network."""
    frame = data(tables).astype({"k": "float64"})
    if frame.empty:
        return style.no_data("nothing was trained")
    figure = style.figure(3.4)
    for axes in curves(figure, frame, tables.trials, "k", ["skill"], _lines):
        ticks = sorted(set(frame["k"]))
        axes.set_xscale("log")
        axes.set_xticks(ticks, [f"{k:.0f}" for k in ticks])
        axes.minorticks_off()
        axes.margins(x=0.1)
    return figure


def _lines(axes: Axes, lines: pd.DataFrame, looks: style.Looks) -> None:
    groups = dict(list(lines.groupby("name")))
    for name in (name for name in looks if name in groups):
        look = looks[name]
        axes.plot(
            groups[name]["k"], groups[name]["skill"], color=look.color, marker=look.marker,
            markersize=4.5, markeredgewidth=0, linestyle=style.stroke(look),
        )  # fmt: skip
    style.level(axes, 0, "chance", (1, 2))
    axes.set(xlabel="random trials (k)", ylabel="expected test skill of the best")
