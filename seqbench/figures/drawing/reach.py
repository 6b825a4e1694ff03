"""Curves of shares in the searches: every cell without a remedy, and every remedy on one cell."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from seqbench.analysis.methods.statistics import Floats
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.pair import LETTERS

COLUMNS = 4


def known(tables: Tables) -> pd.DataFrame:
    """cell, remedy and acts_at of all that was trained, by a job or in a search."""
    names = ["cell", "remedy", "acts_at"]
    searched = tables.reach[["cell", "remedy"]].drop_duplicates().assign(acts_at="")
    both = pd.concat([tables.trials[names].drop_duplicates(), searched])
    verbs = both.groupby("remedy")["acts_at"].max()  # a search does not say where a remedy acts
    return both.assign(acts_at=both["remedy"].map(verbs)).drop_duplicates()


class Panel(NamedTuple):
    """What every panel shows: columns, labels, the range of y, and a level with its name."""

    x: str
    y: str
    xlabel: str
    ylabel: str
    low: float
    level: tuple[float, str]


def curves(frame: pd.DataFrame, tables: Tables, panel: Panel) -> Figure:
    """A column per task (four at most in a row): above cells, below remedies on the baseline.

    With a single task both stand beside each other. frame: task, cell, remedy and the panel's
    columns.
    """
    halves = {
        "cell": frame[frame["remedy"] == "none"],
        "remedy": frame[frame["cell"] == tables.baseline],
    }
    halves = {hue: rows for hue, rows in halves.items() if len(rows)}
    tall = {hue: 0.9 + 1.7 * -(-rows["task"].nunique() // COLUMNS) for hue, rows in halves.items()}
    beside = frame["task"].nunique() == 1
    figure = style.figure(max(tall.values()) if beside else sum(tall.values()))
    grid = (1, len(halves)) if beside else (len(halves), 1)
    ratios = None if beside else [*tall.values()]
    parts = figure.subfigures(*grid, squeeze=False, height_ratios=ratios).ravel()
    for part, (hue, rows) in zip(parts, halves.items(), strict=True):
        group, looks = style.gathered(rows.assign(seed=rows[hue]), hue, panel.y, known(tables))
        tasks = sorted(set(group["task"]))
        columns = min(COLUMNS, len(tasks))
        panels = part.subplots(-(-len(tasks) // columns), columns, squeeze=False, sharey=True)
        for i, axes in enumerate(panels.flat):
            if i >= len(tasks):
                axes.set_axis_off()
                continue
            mine = group[group["task"] == tasks[i]].astype({panel.x: "float64"})
            style.medians(axes, mine, panel.x, panel.y, hue, looks)
            style.level(axes, *panel.level, (4, 2))
            words = "no remedy" if hue == "cell" else f"on {tables.baseline}"
            axes.set_title(f"{tasks[i]}, {words}", loc="left")
            logarithmic(axes, mine[panel.x].to_numpy("float64"))
            axes.set(ylim=(panel.low, 1.05), xlabel="", ylabel="")
        panels[-1, 0].set_xlabel(panel.xlabel)
        panels[0, 0].set_ylabel(panel.ylabel)
        widest = max(map(len, group[hue]))
        fitting = max(1, LETTERS // (grid[1] * (widest + 8)))
        style.legend(part, looks, group[hue], min(7, fitting))
    return figure


def logarithmic(axes: Axes, values: Floats) -> None:
    """A logarithmic x axis with round numbers as labels, as they are."""
    axes.set_xscale("log")
    axes.xaxis.set_minor_locator(NullLocator())
    known = values[values > 0]
    if len(known):
        ticks = _ticks(float(known.min()), float(known.max()))
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])


def _ticks(low: float, high: float) -> list[float]:
    """Of 1, 2, 5, 10, ... those between the ends, and one on either side; eight at most."""
    places = range(int(np.floor(np.log10(low))) - 1, int(np.ceil(np.log10(high))) + 2)
    every = [digit * 10.0**place for place in places for digit in (1, 2, 5)]
    first = max(0, int(np.searchsorted(every, low, "right")) - 1)
    last = int(np.searchsorted(every, high, "left"))
    chosen = every[first : last + 1]
    return chosen if len(chosen) <= 8 else [tick for tick in chosen if f"{tick:e}"[0] == "1"]
