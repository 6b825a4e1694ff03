"""Probability of improvement: of cells over the plain network, of remedies over none."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench.analysis import order
from seqbench.analysis.runs import preferred
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style

ORDER = 43
SECTION = "across"
TITLE = "Probability of improvement"
CAPTION = (
    "Probability that a run does better than a run of `{baseline}` (cells without a remedy, left), "
    "or than one without a remedy (right), on the same telling task; a tie "
    "counts a half. Whiskers are 95 % intervals over seeds. One that contains 0.5 shows no "
    "significant difference. On the right, filled marks are on `{baseline}`, open ones on all "
    "cells with a loop."
)
ALT = (
    "Dot plot with whiskers: probability of improvement from 0 to 1, a row per cell on the left "
    "and per remedy on the right, with a line at one half. The numbers are in the table beside it."
)
TABLE = "improvement"
APART = True
LETTERS = 32  # of a name, on one line


def data(tables: Tables) -> pd.DataFrame:
    """kind, name, versus, probability, low, high."""
    frame = preferred(tables.derived["improvement"])
    frame = frame[frame["versus"].isin([tables.baseline, "none"])]
    columns = ["kind", "name", "versus", "probability", "low", "high"]
    return frame[columns].reset_index(drop=True)


def draw(tables: Tables) -> Figure:
    """A panel for cells, one for remedies."""
    frame = data(tables)
    if frame.empty:
        return style.no_data(f"nothing to compare with {tables.baseline} or none")
    left, right = frame[frame["kind"].eq("cell")], frame[frame["kind"].ne("cell")]
    sides = [side for side in (left, right) if len(side)]
    longest = max(side["name"].nunique() for side in sides)
    lines = max(1 + style.fit(name, LETTERS).count("\n") for name in frame["name"])
    figure = style.figure(0.9 + (0.05 + 0.12 * lines) * longest)
    panels = figure.subplots(1, len(sides), squeeze=False)
    for axes, side in zip(panels[0], sides, strict=True):
        cells = side["kind"].iloc[0] == "cell"
        looks = (style.cell_looks if cells else style.remedy_looks)(tables.trials)
        names = order.cells(side["name"]) if cells else [n for n in looks if n in set(side["name"])]
        _panel(axes, side, looks, names)
        axes.set_ylabel("cell" if cells else "remedy")
        axes.set_title(f"against {tables.baseline}" if cells else "against none", loc="left")
    return figure


def _panel(axes: Axes, side: pd.DataFrame, looks: style.Looks, names: list[str]) -> None:
    both = side["kind"].nunique() > 1
    for _, row in side.iterrows():
        look, everywhere = looks[row["name"]], row["kind"] == "remedy"
        y = names.index(row["name"]) + (0.22 if everywhere else -0.22) * both
        axes.plot([row["low"], row["high"]], [y, y], color=look.color, linewidth=1, clip_on=False)
        axes.plot(
            row["probability"], y, look.marker, color=look.color, markersize=4.5, clip_on=False,
            markerfacecolor="white" if everywhere and both else look.color,
        )  # fmt: skip
    axes.axvline(0.5, color=style.GRAY, linewidth=0.7, linestyle=(0, (4, 2)), zorder=0)
    axes.set_yticks(range(len(names)), [style.fit(name, LETTERS) for name in names])
    axes.set(xlim=(0, 1), ylim=(len(names) - 0.4, -0.6), xlabel="probability of being better")
