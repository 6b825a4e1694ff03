"""The longest lag solved as a curve over the update budget."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench.analysis import order
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.reach import logarithmic

ORDER = 41
SECTION = "reach"
TITLE = "Longest lag solved within a budget of updates"
CAPTION = (
    "The longest lag that at least 80 % of the seeds solve within a quarter, a half and all of the "
    "update budget, per cell without a remedy, with its 95 % interval; both axes are logarithmic. "
    "A line that still rises at its end is limited by the budget, not by the cell. A triangle "
    "that points up: at least that; one that points down: less."
)
ALT = (
    "One panel per task, one rising line per cell: longest lag solved against updates. The numbers "
    "are in the table beside it."
)
TABLE = "longest_within"
ENDS = {"at least": "^", "less than": "v"}


def data(tables: Tables) -> pd.DataFrame:
    """task, cell, within, lag, limit, low, high: without a remedy."""
    frame = tables.derived["longest_within"]
    frame = frame[frame["remedy"].eq("none") & frame["lag"].gt(0).fillna(False)]
    return frame.drop(columns=["remedy", "seeds"]).reset_index(drop=True)


def draw(tables: Tables) -> Figure:
    """A panel per task, a line per cell."""
    frame = data(tables)
    if frame.empty:
        return style.no_data("no search for the longest lag was run")
    tasks = sorted(set(frame["task"]))
    looks = style.cell_looks(frame.assign(acts_at=""))
    figure = style.figure(3.0)
    panels = figure.subplots(1, len(tasks), squeeze=False)[0]
    for axes, task in zip(panels, tasks, strict=True):
        _panel(axes, frame[frame["task"].eq(task)], looks)
        axes.set_title(task, loc="left")
    panels[0].set_ylabel("longest lag solved, steps")
    style.legend(figure, looks, frame["cell"], 6)
    return figure


def _panel(axes: Axes, own: pd.DataFrame, looks: style.Looks) -> None:
    cells = order.cells(own["cell"])
    for place, cell in enumerate(cells):
        line = own[own["cell"].eq(cell)]
        look, shift = looks[cell], 1 + 0.02 * (place - len(cells) / 2)  # whiskers apart
        numbers = line[["within", "lag", "low", "high"]].to_numpy("float64", na_value=np.nan)
        x, lag, low, high = numbers.T
        x = x * shift
        axes.plot(x, lag, color=look.color, linestyle=style.stroke(look), linewidth=1.2)
        axes.vlines(x, np.fmin(low, lag), np.fmax(high, lag), color=look.color, linewidth=0.8)
        for at, y, limit in zip(x, lag, line["limit"], strict=True):
            axes.plot(at, y, ENDS.get(limit, look.marker), color=look.color, markersize=4.5)
    axes.set_yscale("log")
    logarithmic(axes, own["within"].to_numpy("float64"))
    axes.set_xlabel("updates")
