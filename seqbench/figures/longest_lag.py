"""The longest lag that each cell solves under each remedy, with its interval."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from seqbench.analysis import order
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.reach import known, logarithmic

ORDER = 40
SECTION = "reach"
COLUMNS = 4
TITLE = "Longest lag solved"
CAPTION = (
    "The longest lag T* that at least 80 % of the seeds solve, on a logarithmic scale, with its "
    "95 % interval: a block per task, a panel per cell, a row per remedy. A triangle that points "
    "to the right is a search whose longest lag was solved, so T* is at least that; one that "
    "points to the left is a search whose shortest lag was not solved, so T* is less. A row "
    "without a mark: the remedy does not apply, or no search was run."
)
ALT = (
    "One panel per task and cell, one row per remedy: a mark at the longest lag solved with a "
    "whisker for its interval, a triangle where only a limit is known. The numbers are in the "
    "table beside it."
)
TABLE = "longest"
ENDS = {"at least": ">", "less than": "<"}


def data(tables: Tables) -> pd.DataFrame:
    """task, cell, remedy, lag, limit, low, high, seeds."""
    searches = tables.derived["longest"]
    columns = ["task", "cell", "remedy", "lag", "limit", "low", "high", "seeds"]
    return searches[searches["lag"].gt(0).fillna(False)][columns].reset_index(drop=True)


def draw(tables: Tables) -> Figure:
    """A block per task, in it a panel per cell."""
    frame = data(tables)
    if frame.empty:
        return style.no_data("no search for the longest lag was run")
    every = known(tables)
    looks = style.remedy_looks(every)
    tasks = sorted(set(frame["task"]))
    blocks = {task: frame[frame["task"] == task] for task in tasks}
    heights = [_height(block) for block in blocks.values()]
    figure = style.figure(0.3 + sum(heights))
    parts = figure.subfigures(len(tasks), 1, squeeze=False, height_ratios=heights)[:, 0]
    for part, (task, block) in zip(parts, blocks.items(), strict=True):
        _block(part, task, block, looks)
    figure.supxlabel("longest lag solved, steps", fontsize=8)
    figure.supylabel("remedy", fontsize=8)
    return figure


def _height(block: pd.DataFrame) -> float:
    """Inches: a line for every remedy and what is above and below."""
    rows = -(-block["cell"].nunique() // COLUMNS)
    return 0.55 + rows * (0.4 + 0.15 * block["remedy"].nunique())


def _block(part: SubFigure, task: str, block: pd.DataFrame, looks: style.Looks) -> None:
    cells, present = order.cells(block["cell"]), set(block["remedy"])
    remedies = [name for name in looks if name in present]
    columns = min(COLUMNS, len(cells))
    rows = -(-len(cells) // columns)
    panels = part.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for i, axes in enumerate(panels.flat):
        if i >= len(cells):
            axes.set_axis_off()
            continue
        for _, row in block[block["cell"] == cells[i]].iterrows():
            _mark(axes, row, remedies.index(row["remedy"]), looks[row["remedy"]])
        axes.set_title(style.fit(cells[i], 20))
        axes.grid(axis="x")
        axes.set_axisbelow(True)
        axes.tick_params(labelbottom=i + columns >= len(cells))
    ends = block[["lag", "low", "high"]].to_numpy("float64", na_value=np.nan)
    logarithmic(panels[0, 0], ends.ravel())
    labels = [style.fit(name, 30) for name in remedies]
    panels[0, 0].set_yticks(range(len(remedies)), labels)
    panels[0, 0].set(ylim=(len(remedies) - 0.4, -0.6))
    part.suptitle(task, x=0.01, ha="left", fontsize=9)


def _mark(axes: Axes, row: pd.Series, y: int, look: style.Look) -> None:
    at, low, high, limit = (row[name] for name in ("lag", "low", "high", "limit"))
    low, high = (at if pd.isna(end) else end for end in (low, high))
    axes.plot([low, high], [y, y], color=look.color, linewidth=1)
    marker = ENDS.get(limit, look.marker)
    filled = look.color if limit != "less than" else "white"
    axes.plot(at, y, marker, color=look.color, mfc=filled, markersize=4.5, clip_on=False)
