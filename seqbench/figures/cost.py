"""Skill against cost (weights, time, memory), with the Pareto fronts."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from seqbench.analysis.runs import preferred
from seqbench.analysis.tables.pareto import SHOWN, differs
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style

ORDER = 100
SECTION = "costs"
TITLE = "Skill against cost, and the Pareto fronts"
CAPTION = (
    "Mean test skill over the telling tasks against the number of weights "
    "that training changes (of a closed form the readout's), the time per trial (trials are "
    "trained together; this is one trial's share) and the least memory that training takes: "
    "weights, gradients, the optimizer's numbers, and the states of one batch that "
    "back-propagation keeps. Large marks are cells without a remedy, small ones the same "
    "cells under each remedy. The line is the Pareto front: no other combination reaches at least "
    "that skill at that cost or less. Trials that are solved stop early, so skill also saves time. "
    "More than twelve cells have the colors of their families."
)
ALT = (
    "Scatter plots of test skill against trained weights, seconds and memory on logarithmic "
    "scales; one color and shape per cell, and a stepped line along the Pareto front. The numbers "
    "are in the table beside it."
)
TABLE = "pareto"
APART = True
LABELS = {
    "trained": "trained weights",
    "seconds": "time per trial (seconds)",
    "kilobytes": "memory to train it (kB)",
}
DECADES = 2.5  # largest over smallest cost from which the scale is logarithmic
CLOSE = 50  # below, there is room for 1, 2 and 5 of every decade


def data(tables: Tables) -> pd.DataFrame:
    """cell, remedy, skill, trained, seconds, kilobytes, and whether it is on each front."""
    frame = preferred(tables.derived["pareto"]).drop(columns=["tasks", "on", "of", *SHOWN])
    frame = frame.rename(columns={"bytes": "kilobytes", "front_bytes": "front_kilobytes"})
    return frame.assign(kilobytes=frame["kilobytes"] / 1e3).reset_index(drop=True)


def draw(tables: Tables) -> Figure:
    """A panel per cost that differs; without any, the time."""
    frame = data(tables)
    costs = [cost for cost in LABELS if differs(frame[cost])] or ["seconds"]
    frame = frame[(frame[costs] > 0).any(axis=1)]
    if frame.empty:
        return style.no_data("no cost was measured")
    entry, looks = style.entries(frame["cell"], "cell", tables.trials)
    figure = style.figure(3.4)
    panels = figure.subplots(1, len(costs), squeeze=False, sharey=True)
    for axes, cost in zip(panels[0], costs, strict=True):
        _panel(axes, frame[frame[cost] > 0], cost, entry, looks)
    panels[0, 0].set_ylabel("test skill (0 chance, 1 perfect)")
    style.legend(figure, looks, frame["cell"].map(entry))
    return figure


def _panel(
    axes: Axes, frame: pd.DataFrame, cost: str, entry: dict[str, str], looks: style.Looks
) -> None:
    front = frame[frame[f"front_{cost}"].astype(bool)].sort_values([cost, "skill"])
    axes.plot(
        front[cost], front["skill"], color="black", linewidth=0.8, drawstyle="steps-post", zorder=1
    )
    for plain, size in ((False, 3.2), (True, 6.5)):
        for cell, marks in frame[frame["remedy"].eq("none") == plain].groupby("cell"):
            look = looks[entry[str(cell)]]
            axes.plot(
                marks[cost], marks["skill"], look.marker, color=look.color, markersize=size,
                alpha=0.85, markeredgewidth=0, zorder=2,
            )  # fmt: skip
    ratio = float(frame[cost].max()) / float(frame[cost].min())
    if ratio > DECADES:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if ratio < CLOSE else (1,)))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.minorticks_off()
    axes.set_xlabel(LABELS[cost])
    axes.grid(axis="x", which="both")
    axes.set_axisbelow(True)
    style.level(axes, 0, "chance", (1, 2))
