"""Whether the gradient at initialization predicts what training reaches."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench.analysis import order
from seqbench.analysis.tables import prediction
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.labels import spread

ORDER = 23
SECTION = "flow"
TITLE = "Does the gradient at initialization predict what training reaches?"
CAPTION = (
    "Every mark is a cell with one initialization. Horizontal axis: the steps in which its "
    "gradient halves before training. Vertical axis: what training reached, the longest lag solved "
    "(left) or the test skill on telling tasks (right), averaged over the tasks, "
    "of combinations that ran on all of them. At the left edge the gradient halves within a tenth "
    "of a step or less; at the right edge it takes a thousand steps or more, or does not halve at "
    "all. Above each panel: Spearman's rank correlation, with its interval over cells where "
    "there are cells enough."
)
ALT = (
    "Scatter plots of the longest lag solved and of test skill against the half-life of the "
    "gradient, a mark per cell and initialization. The numbers are in the table beside it."
)
TABLE = "prediction"
SHORTEST, LONGEST = 0.1, 1000.0  # half-lives on the axis, in steps
NAMED = 16  # marks that can have their names beside them
MIDDLE = 10.0  # steps: names stand to the right of shorter half-lives, else to the left
ROOM, NEAREST = 0.07, 0.05  # of the panel: between a mark and its name, between two names
TOP = 0.97  # of the panel: the highest name
LABELS = {"longest": "longest lag solved, steps", "skill": "test skill (0 chance, 1 perfect)"}


def data(tables: Tables) -> pd.DataFrame:
    """outcome, cell, remedy, value, half_life (inf: it does not halve), flow."""
    shown = prediction.pairs(tables)
    shown = shown[shown["task"] == prediction.ALL]
    columns = ["outcome", "cell", "remedy", "value", "half_life", "flow"]
    return shown[columns].reset_index(drop=True)


def draw(tables: Tables) -> Figure:
    """A panel for each thing that training finds."""
    frame = data(tables)
    outcomes = [name for name in prediction.OUTCOMES if name in set(frame["outcome"])]
    if not outcomes:
        return style.no_data("no cell was both measured at initialization and trained")
    looks = _looks(tables)
    figure = style.figure(3.1, style.WIDTH if len(outcomes) > 1 else 5.0)
    panels = figure.subplots(1, len(outcomes), squeeze=False)[0]
    for axes, outcome in zip(panels, outcomes, strict=True):
        if outcome == "longest":
            axes.set_yscale("symlog", linthresh=1)
            axes.yaxis.set_major_formatter("{x:g}")
        _marks(axes, frame[frame["outcome"] == outcome], looks)
        axes.set_title(_verdict(tables, outcome), loc="left")
        axes.set(xlabel="half-life of the gradient before training, steps", ylabel=LABELS[outcome])
    return figure


def _looks(tables: Tables) -> style.Looks:
    return style.cell_looks(pd.DataFrame({"cell": [*tables.trials["cell"], *tables.cards["cell"]]}))


def _marks(axes: Axes, frame: pd.DataFrame, looks: style.Looks) -> None:
    x = frame["half_life"].clip(SHORTEST, LONGEST)
    axes.set_xscale("log")
    axes.set_xlim(SHORTEST * 0.7, LONGEST * 1.4)
    axes.set_xticks([0.1, 1, 10, 100, 1000], ["≤0.1", "1", "10", "100", "≥1000"])
    cells, seen = order.cells(frame["cell"]), set[str]()
    for cell in cells:
        own, look = frame["cell"] == cell, looks[cell]
        family = order.cell_family(cell)
        several = len(cells) > style.MANY
        label = order.CELL_FAMILIES[family] if several else cell
        color = style.CELL_COLORS[family] if several else look.color
        axes.plot(
            x[own], frame.loc[own, "value"], linestyle="", color=color, markersize=4.5,
            marker=_marker(family) if several else look.marker, markeredgewidth=0, alpha=0.85,
            label=label if label not in seen else "_",
        )  # fmt: skip
        seen.add(label)
    axes.margins(y=0.08)
    axes.minorticks_off()
    if len(frame) <= NAMED:
        _names(axes, frame.assign(x=x))
    else:
        axes.legend(loc="best", fontsize=6, handletextpad=0.1, labelspacing=0.2)


def _names(axes: Axes, frame: pd.DataFrame) -> None:
    """The name of every mark, to the side where there is room, and none on another."""
    axes.autoscale_view()
    to_panel = axes.transData + axes.transAxes.inverted()
    for right, own in frame.groupby(frame["x"] <= MIDDLE):
        places = to_panel.transform(own[["x", "value"]].to_numpy("float64"))
        heights = spread((places[:, 1] / TOP).tolist(), NEAREST)
        side, room = ("left", ROOM) if right else ("right", -ROOM)
        arrow = {"arrowstyle": "-", "color": style.GRAY, "linewidth": 0.4, "shrinkA": 1,
                 "shrinkB": 3, "relpos": (0.0 if right else 1.0, 0.5)}  # fmt: skip
        for (_, row), (x, _), y in zip(own.iterrows(), places, heights, strict=True):
            name = row["cell"] if row["remedy"] == "none" else f"{row['cell']}, {row['remedy']}"
            axes.annotate(
                style.fit(name, 40), (row["x"], row["value"]), xytext=(x + room, TOP * y), ha=side,
                textcoords="axes fraction", va="center", fontsize=6, color=style.GRAY,
                arrowprops=arrow,
            )  # fmt: skip


def _marker(family: str) -> str:
    return style.MARKERS[list(order.CELL_FAMILIES).index(family)]


def _verdict(tables: Tables, outcome: str) -> str:
    rows = tables.derived["prediction"]
    rows = rows[rows["outcome"].eq(outcome) & rows["task"].eq(prediction.ALL)]
    one = rows[rows["predictor"] == "half_life"].iloc[0]
    if one["reason"]:
        return str(one["reason"])
    around = f" [{one['low']:.2f}, {one['high']:.2f}]" if np.isfinite(one["low"]) else ""
    return f"rank correlation {one['rho']:.2f}{around}, n = {one['n']}".replace("-", "−")
