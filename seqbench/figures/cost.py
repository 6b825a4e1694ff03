"""What skill costs in time."""

import pandas as pd
import seaborn
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from seqbench.analysis import order
from seqbench.analysis.tidy import Tables
from seqbench.figures import style

ORDER = 100
SECTION = "cost"
TITLE = "Time against skill"
CAPTION = (
    "Time per trial (its share of the stack it was trained in) against test skill, means over the "
    "tasks whose answer lies in the past. Large marks are cells without a remedy, small ones the "
    "same cells under each remedy. Best is upper left: much skill for little time. Trials that "
    "are solved stop early, so skill also saves time. More than twelve cells bear the color of "
    "their family."
)
ALT = (
    "Scatter plot of test skill against seconds per trial on a logarithmic scale; one color and "
    "shape per cell. The numbers are in the table beside it."
)
TABLE = "summary"


def data(tables: Tables) -> pd.DataFrame:
    """cell, remedy, wall_seconds, skill, remedied."""
    past = tables.summary[order.needs_past(tables.summary) & (tables.summary["status"] == "ok")]
    keys = ["cell", "remedy"]
    frame = past.groupby(keys, as_index=False)[["wall_seconds", "skill"]].mean()
    return frame.assign(remedied=frame["remedy"].ne("none").map({True: "yes", False: "no"}))


def draw(tables: Tables) -> Figure:
    """One panel, a mark per cell and remedy."""
    frame = data(tables)
    frame = frame[frame["wall_seconds"] > 0]
    if frame.empty:
        return style.no_data("no time was measured")
    entry, looks = style.entries(frame["cell"], "cell", tables.trials)
    frame = frame.assign(cell=frame["cell"].map(entry))
    figure = style.figure(3.4)
    axes = figure.subplots()
    seaborn.scatterplot(
        frame.sort_values("remedied", ascending=False), x="wall_seconds", y="skill", hue="cell",
        style="cell", size="remedied", sizes={"no": 70, "yes": 18}, alpha=0.85, legend=False,
        palette={name: look.color for name, look in looks.items()},
        markers={name: look.marker for name, look in looks.items()}, ax=axes,
    )  # fmt: skip
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_locator(LogLocator(subs=(2, 5)))
    axes.xaxis.set_minor_formatter("{x:g}")
    style.level(axes, 0, "chance", (1, 2))
    axes.set(xlabel="time per trial (seconds)", ylabel="test skill (0 chance, 1 perfect)")
    style.legend(figure, looks, frame["cell"])
    return figure
