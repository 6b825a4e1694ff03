"""How far back the gradient reaches at initialization: every cell, then its initializations."""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench.analysis import order
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.card import NORMS, band, scale
from seqbench.figures.drawing.labels import at_ends

ORDER = 21
SECTION = "flow"
TITLE = "How far back the gradient reaches at initialization"
CAPTION = (
    "Norm of the gradient of the last output, in a random direction, with respect to the state "
    "some steps before, as a multiple of its norm at the last step; before training, on inputs "
    "from a normal distribution. Lines are medians over draws of the weights and inputs, bands "
    "reach from 5 to 95 %. Beside every line: the steps in which it halves (½) or doubles (×2). "
    "A line leaves the frame where it falls below the rounding error of float64. First: the cells "
    "by family, without a remedy. Then: at most twelve cells under their initializations."
)
ALT = (
    "Small multiples of gradient size against steps back on a logarithmic scale, a panel per "
    "family of cells and per cell with several initializations. The numbers are in the table "
    "beside it."
)
TABLE = "propagation"
COLUMNS = 3
LINES = 8  # in a panel, so that their names fit beside them
WIDEST = 24  # letters of a name
CELLS = 12  # panels of initializations
LONGEST = 1000  # steps: beyond, a hundred steps tell no half-life
ROOM = 1.75  # width of a panel over its lines, for the names


class Panel(NamedTuple):
    """Which lines stand together: (cell, remedy), and what they are called."""

    title: str
    lines: list[tuple[str, str]]
    by: str  # cell or remedy: which of the two tells them apart


def data(tables: Tables) -> pd.DataFrame:
    """cell, remedy, lag, norm, norm_low, norm_high, half_life, doubling, flow."""
    keys = ["cell", "remedy"]
    about = tables.cards[[*keys, "half_life", "doubling", "flow"]]
    return tables.propagation[[*keys, "lag", *NORMS]].merge(about, on=keys, how="inner")


def draw(tables: Tables) -> Figure:
    """A panel per family, then a panel per cell."""
    frame = data(tables)
    if frame.empty:
        return style.no_data("no gradient at initialization was measured")
    panels, groups = list(_panels(frame, tables)), dict(list(frame.groupby(["cell", "remedy"])))
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    figure = style.figure(0.5 + 1.75 * rows)
    shown = figure.subplots(rows, columns, squeeze=False)
    cells = style.cell_looks(pd.DataFrame({"cell": [*tables.trials["cell"], *frame["cell"]]}))
    remedies = style.remedy_looks(tables.trials)
    plain = style.Look(style.GRAY, "o", ())
    for axes, panel in zip(shown.flat, panels, strict=False):
        looks = cells if panel.by == "cell" else remedies
        lines = [(groups[pair], pair[panel.by == "remedy"]) for pair in panel.lines]
        _lines(axes, [(mine, name, looks.get(name, plain)) for mine, name in lines])
        axes.set_title(panel.title, loc="left")
    for axes in shown.flat[len(panels) :]:
        axes.set_axis_off()
    figure.supxlabel("steps back from the last one", fontsize=8)
    figure.supylabel("|dL/ds|, 1 at the last step", fontsize=8)
    return figure


def _panels(frame: pd.DataFrame, tables: Tables) -> Iterator[Panel]:
    names = order.cells(frame["cell"])
    plain = set(frame.loc[frame["remedy"] == "none", "cell"])
    for family, title in order.CELL_FAMILIES.items():
        own = [(n, "none") for n in names if n in plain and order.cell_family(n) == family]
        for k in range(0, len(own), LINES):
            yield Panel(title, own[k : k + LINES], "cell")
    initial = {cell: set(group["remedy"]) for cell, group in frame.groupby("cell")}
    known = order.remedies(tables.trials)
    several = [name for name in names if len(initial[name]) > 1]
    for name in several[:CELLS]:
        ranked = [r for r in known if r in initial[name]] + sorted(initial[name] - set(known))
        yield Panel(name, [(name, remedy) for remedy in ranked[:LINES]], "remedy")


def _lines(axes: Axes, lines: list[tuple[pd.DataFrame, str, style.Look]]) -> None:
    if not any((frame.loc[frame["lag"] > 0, "norm"] > 0).any() for frame, _, _ in lines):
        names = ", ".join(_short(name) for _, name, _ in lines)
        axes.text(
            0.5, 0.5, f"{names}:\nno gradient goes back", ha="center", va="center", fontsize=6
        )
        axes.set(xticks=[], yticks=[])
        return
    scale(axes, pd.concat([frame for frame, _, _ in lines]))
    for frame, _, look in lines:
        band(axes, frame.sort_values("lag"), look)
    last = float(max(frame["lag"].max() for frame, _, _ in lines))
    ends = [float(frame.sort_values("lag")["norm"].iloc[-1]) for frame, _, _ in lines]
    words = [f"{_short(name)} {_pace(frame)}" for frame, name, _ in lines]
    axes.set_xlim(0, last * ROOM)
    axes.set_xticks([0, last / 2, last])
    at_ends(axes, last, ends, words, [look.color for _, _, look in lines])


def _short(name: str) -> str:
    return name if len(name) <= WIDEST else name[: WIDEST - 1] + "…"


def _pace(frame: pd.DataFrame) -> str:
    """½ 4.1: it halves in 4.1 steps."""
    for mark, name in (("½", "half_life"), ("×2", "doubling")):
        if pd.notna(value := frame[name].iloc[0]):
            if value > LONGEST:
                return f"{mark} >{LONGEST}"
            return f"{mark} {value:.2g}" if value < 100 else f"{mark} {value:.0f}"
    return ""
