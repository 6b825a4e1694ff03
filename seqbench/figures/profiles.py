"""Performance profiles: the share of runs above every level of test skill."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench.analysis.runs import preferred
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.pair import curves

ORDER = 42
SECTION = "across"
TITLE = "Performance profiles: the share of runs above each level of skill"
CAPTION = (
    "For every level of test skill, the share of runs (one per seed, on every task whose answer "
    "lies in the past) above it. A curve that lies above another everywhere is better at every "
    "level; where two cross, it depends on the level which is better. A flat part means that runs "
    "either learn the task or do not. Bands, drawn where there are few lines, are 95 % intervals "
    "over seeds. With more than twelve lines, the means of families are drawn."
)
ALT = (
    "Falling step curves, one per cell on the left and one per remedy on the right: share of runs "
    "against test skill. The numbers are in the table beside it."
)
TABLE = "profiles"
APART = True
BANDS = 5  # lines among which bands can be told apart


def data(tables: Tables) -> pd.DataFrame:
    """kind, name, tau, share, low, high."""
    frame = preferred(tables.derived["profiles"])
    columns = ["kind", "name", "tau", "share", "low", "high"]
    return frame.loc[frame["kind"].isin(["cell", "baseline"]), columns].reset_index(drop=True)


def draw(tables: Tables) -> Figure:
    """A panel for cells, one for remedies on the plain network."""
    frame = data(tables)
    if frame.empty:
        return style.no_data("nothing to compare: a single cell and a single remedy")
    figure = style.figure(3.6)
    curves(figure, frame, tables.trials, "tau", ["share", "low", "high"], _lines)
    return figure


def _lines(axes: Axes, side: pd.DataFrame, looks: style.Looks) -> None:
    groups = dict(list(side.groupby("name")))
    for place, name in enumerate(name for name in looks if name in groups):
        line, look = groups[name], looks[name]
        axes.plot(
            line["tau"], line["share"], color=look.color, linestyle=style.stroke(look),
            drawstyle="steps-post", marker=look.marker, markersize=4, markeredgewidth=0,
            markevery=(2 + 2 * place, 14), linewidth=1.2,
        )  # fmt: skip
        if len(groups) <= BANDS:
            axes.fill_between(
                line["tau"], line["low"], line["high"], step="post", color=look.color, alpha=0.12,
                linewidth=0,
            )  # fmt: skip
    axes.set(xlim=(-0.2, 1), ylim=(-0.02, 1.02), xlabel="test skill (0 chance, 1 perfect)")
    axes.set_ylabel("share of runs above it")
