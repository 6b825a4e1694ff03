"""Estimates of the gradient beside the exact one: bias and spread over the lag, cell by cell."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench.analysis import order
from seqbench.analysis.tables.estimators import ERRORS
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style

ORDER = 24
SECTION = "flow"
TITLE = "Estimates of the gradient, beside back-propagation through time"
CAPTION = (
    "Bias and spread of what estimates the gradient in another way or cuts its way back, as "
    "multiples of the norm of the exact gradient by the cell's weights; before training, of a loss "
    "at the last step alone, over the steps from the first input to that loss. Bias is the "
    "distance of the mean of many draws from the exact gradient. Within the band of its color, two "
    "standard errors high, it is no larger than so few unbiased draws leave. Spread "
    "is the root of the total variance of one draw; what draws nothing has none, and where nothing "
    "draws there is no panel of it. At the lower edge of biases: a thousandth or less. At most "
    "twelve cells."
)
ALT = (
    "For every cell a panel of bias and a panel of spread against the lag, on logarithmic scales, "
    "a line per estimate. The numbers are in the table beside it."
)
TABLE = "estimates"
OPTIONAL = True
ROWS = {"bias": "bias", "spread": "spread"}
COLUMNS = 4  # cells beside each other
CELLS = 12
FLOOR = 1e-3


def data(tables: Tables) -> pd.DataFrame:
    """cell, remedy, lag, draws, bias, bias_error, spread; without the exact gradient itself."""
    rows = tables.estimates
    rows = rows[rows["reason"].eq("") & rows["remedy"].ne("none")]
    columns = ["cell", "remedy", "lag", "draws", "bias", "bias_error", "spread"]
    return rows[columns].reset_index(drop=True)


def draw(tables: Tables) -> Figure:
    """Two panels per cell, bias above spread; without the latter where nothing is drawn."""
    frame = data(tables)
    if frame.empty:
        return style.no_data("no gradient was estimated")
    cells, looks = order.cells(frame["cell"])[:CELLS], _looks(tables, frame)
    columns = min(COLUMNS, len(cells))
    shown = [name for name in ROWS if name == "bias" or frame["draws"].gt(1).any()]
    bands, rows = -(-len(cells) // columns), len(shown)
    figure = style.figure(0.7 + 1.75 * rows * bands)
    panels = figure.subplots(rows * bands, columns, squeeze=False, sharex=True, sharey="row")
    for axes in panels.flat:
        axes.set_axis_off()
    for k, cell in enumerate(cells):
        own, place = frame[frame["cell"] == cell], divmod(k, columns)
        for row, name in enumerate(shown):
            axes = panels[rows * place[0] + row, place[1]]
            axes.set_axis_on()
            _lines(axes, own, name, looks)
            if place[1] == 0:
                axes.set_ylabel(f"{ROWS[name]} / |gradient|")
        panels[rows * place[0], place[1]].set_title(style.fit(cell, 24), loc="left")
    figure.supxlabel("steps from the first input to the loss", fontsize=8)
    style.legend(figure, looks, frame["remedy"])
    return figure


def _looks(tables: Tables, frame: pd.DataFrame) -> style.Looks:
    """As everywhere in the report; of what was only measured, too."""
    known = [part[["remedy", "acts_at"]] for part in (tables.trials, tables.estimates)]
    looks = style.remedy_looks(pd.concat(known))
    present = [name for name in looks if name in set(frame["remedy"])]
    return {name: looks[name] for name in present[: style.MANY]}


def _lines(axes: Axes, frame: pd.DataFrame, name: str, looks: style.Looks) -> None:
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:g}")
    axes.axhline(1, color=style.GRAY, linewidth=0.7, zorder=0)
    for remedy, look in looks.items():
        mine = frame[frame["remedy"] == remedy].sort_values("lag")
        drawn = mine["draws"].gt(1).any()
        if mine.empty or (name == "spread" and not drawn):
            continue
        x, y = mine["lag"].astype(float), mine[name].clip(lower=FLOOR)
        axes.plot(
            x, y, color=look.color, marker=look.marker, markersize=3.6, markeredgewidth=0,
            linestyle=style.stroke(look), clip_on=False,
        )  # fmt: skip
        if name == "bias" and drawn:
            limit = (ERRORS * mine["bias_error"]).clip(lower=FLOOR)
            axes.fill_between(x, FLOOR, limit, color=look.color, alpha=0.12, linewidth=0)
    low, high = axes.get_ylim()
    axes.set_ylim((FLOOR, high) if name == "bias" else (min(low, 0.1), max(high, 10.0)))
