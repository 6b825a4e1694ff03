"""Cells on the left, remedies on the right, each side with its own legend; or one of them alone."""

from collections.abc import Callable

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from seqbench.figures.drawing import style

TITLES = {
    "cell": "cells, without a remedy",
    "baseline": "remedies on the baseline",
    "remedy": "remedies, on all cells with a loop",
}
LETTERS = 115  # of a legend, on one line of a whole figure
LINE = 0.17  # inches of a line of it; as many as LINES fit beside what is drawn
LINES = 3
Draw = Callable[[Axes, pd.DataFrame, style.Looks], None]


def sides(figure: Figure, kinds: list[str]) -> list[SubFigure]:
    """A part of the figure for every kind, beside each other."""
    parts = figure.subfigures(1, len(kinds), squeeze=False, wspace=0.03)
    return list(parts[0])


def by_family(
    frame: pd.DataFrame, kind: str, keys: list[str], values: list[str], trials: pd.DataFrame
) -> tuple[pd.DataFrame, style.Looks]:
    """Rows by what stands in the legend: a name, or the mean of a family of too many."""
    entry, looks = style.entries(frame["name"], "cell" if kind == "cell" else "remedy", trials)
    found = frame.assign(name=frame["name"].map(entry))
    return found.groupby(["name", *keys], as_index=False)[values].mean(), looks


def curves(
    figure: Figure, frame: pd.DataFrame, trials: pd.DataFrame, x: str, values: list[str], draw: Draw
) -> list[Axes]:
    """A panel of lines for every kind in the frame. values: the columns to average by family."""
    kinds = [kind for kind in TITLES if frame["kind"].eq(kind).any()]
    made, lines = [], LINES
    for part, kind in zip(sides(figure, kinds), kinds, strict=True):
        own, looks = by_family(frame[frame["kind"].eq(kind)], kind, [x], values, trials)
        axes = part.subplots()
        draw(axes, own, looks)
        axes.set_title(TITLES[kind], loc="left")
        widest, names = max(map(len, own["name"])), own["name"].nunique()
        columns = max(1, LETTERS // len(kinds) // (widest + 8))
        style.legend(part, looks, own["name"], columns)
        lines = max(lines, -(-names // columns))
        made.append(axes)
    figure.set_figheight(figure.get_figheight() + LINE * (lines - LINES))
    return made
