"""Shares with their intervals: a panel per cell or family of cells, a row per remedy."""

from collections.abc import Callable

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench.analysis import order
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style

COLUMNS = 4
Draw = Callable[[Axes, "pd.Series[float]", int, style.Look], None]


def by_panel(frame: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """The frame with what stands above a panel in column `cell`: of many cells, their family."""
    entry, _ = style.entries(frame["cell"], "cell", tables.trials)
    return frame.assign(cell=frame["cell"].map(entry))


def dots(frame: pd.DataFrame, tables: Tables, label: str, one: Draw) -> Figure:
    """Call `one(axes, row, y, look)` for every cell (or family) and remedy of the frame."""
    names, looks = set(frame["cell"]), style.remedy_looks(tables.trials)
    every = [*order.cells(tables.trials["cell"]), *order.CELL_FAMILIES.values()]
    cells = [name for name in every if name in names]
    found = set(frame["remedy"])
    remedies = [name for name in looks if name in found]
    columns = min(COLUMNS, len(cells))
    rows = -(-len(cells) // columns)
    labels = [style.fit(name, 30) for name in remedies]
    line = 0.13 * (1 + max(label.count("\n") for label in labels))
    figure = style.figure(0.8 + rows * (0.35 + line * len(remedies)))
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for i, axes in enumerate(panels.flat):
        if i >= len(cells):
            axes.set_axis_off()
            continue
        for _, row in frame[frame["cell"] == cells[i]].iterrows():
            one(axes, row, remedies.index(row["remedy"]), looks[row["remedy"]])
        axes.set_title(style.fit(cells[i], 24))
        axes.grid(axis="x")
        axes.set_axisbelow(True)
        axes.tick_params(labelbottom=i + columns >= len(cells))
    panels[0, 0].set_yticks(range(len(remedies)), labels)  # all panels share them
    panels[0, 0].set(xlim=(-0.04, 1.04), ylim=(len(remedies) - 0.4, -0.6))
    figure.supxlabel(label, fontsize=8)
    figure.supylabel("remedy", fontsize=8)
    return figure
