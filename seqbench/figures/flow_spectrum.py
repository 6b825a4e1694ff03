"""Singular values of the product of Jacobians over the lag, at initialization."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench.analysis import order
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style

ORDER = 22
SECTION = "flow"
TITLE = "Singular values of the Jacobian over many steps, at initialization"
CAPTION = (
    "Largest, middle and smallest singular value of the Jacobian: the derivative of the last "
    "state with respect to the state some steps before. Cells at initialization, without a "
    "remedy; medians over draws of the weights. Where the upper line is level and the middle one "
    "falls, the gradient is kept in a few directions and lost in half of them. A line ends where "
    "its values are within the rounding error of the largest. With more than twelve cells, the "
    "medians of families are drawn."
)
ALT = (
    "Small multiples, one panel per cell or family: three lines of singular values against the "
    "lag, on logarithmic scales. The numbers are in the table beside it."
)
TABLE = "propagation"
COLUMNS = 4
FLOOR = 1e-12
VALUES = {"singular_max": "largest", "singular_median": "middle", "singular_min": "smallest"}
STROKES = ("-", (0, (4, 1.5)), (0, (1, 1)))


def data(tables: Tables) -> pd.DataFrame:
    """cell, lag, singular_max, singular_median, singular_min; where they were taken."""
    rows = tables.propagation
    rows = rows[rows["remedy"].eq("none") & rows["singular_max"].notna()]
    return rows[["cell", "lag", *VALUES]].reset_index(drop=True)


def draw(tables: Tables) -> Figure:
    """A panel per cell or family."""
    frame = data(tables)
    if frame.empty:
        return style.no_data("no Jacobian was measured at initialization")
    names, colors = order.cells(frame["cell"]), {}
    for name in names:
        colors[name] = style.CELL_COLORS[order.cell_family(name)]
    if len(names) > style.MANY:
        families = {name: order.cell_family(name) for name in names}
        colors = {order.CELL_FAMILIES[f]: style.CELL_COLORS[f] for f in order.CELL_FAMILIES}
        words = frame["cell"].map(families).map(order.CELL_FAMILIES)
        gathered = frame.assign(cell=words).groupby(["cell", "lag"], as_index=False)
        frame = gathered[list(VALUES)].median()
        names = [name for name in colors if name in set(frame["cell"])]
    columns = min(COLUMNS, len(names))
    rows = -(-len(names) // columns)
    figure = style.figure(0.7 + 1.4 * rows)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for axes in panels.flat[len(names) :]:
        axes.set_axis_off()
    for axes, name in zip(panels.flat, names, strict=False):
        _lines(axes, frame[frame["cell"] == name], colors[name])
        axes.set_title(style.fit(name, 24), loc="left")
    bottom = frame[list(VALUES)].where(frame[list(VALUES)] > 0).min().min()
    panels[0, 0].set_ylim(bottom=max(FLOOR, min(bottom, 0.1)) if pd.notna(bottom) else 0.1)
    figure.supxlabel("steps between the two states", fontsize=8)
    figure.supylabel("singular value", fontsize=8)
    keys = {words: style.Look(style.GRAY, "", dashes) for words, dashes in zip(
        VALUES.values(), ((), (4, 1.5), (1, 1)), strict=True)}  # fmt: skip
    style.legend(figure, keys, keys)
    return figure


def _lines(axes: Axes, frame: pd.DataFrame, color: str) -> None:
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.axhline(1, color=style.GRAY, linewidth=0.7, zorder=0)
    for name, stroke in zip(VALUES, STROKES, strict=True):
        values = frame[name].where(frame[name] > 0)
        axes.plot(frame["lag"].astype(float), values, color=color, linestyle=stroke)
    if not frame[list(VALUES)].gt(0).any(axis=None):
        words = "no gradient goes back"
        axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", fontsize=6)
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:g}")
