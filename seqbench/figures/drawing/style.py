"""One look for every figure: a fixed color per family, shapes and line styles within it.

Color never stands alone: members of a family differ in shade, marker and dashes, so a figure can be
read in gray. Colors are those of Okabe and Ito, told apart by color-blind readers.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from io import BytesIO
from typing import Literal, NamedTuple

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure, SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from seqbench.analysis import order

WIDTH = 8.2  # inches: the text width of a page, at a font size that survives it
MAP = "YlGnBu"  # light to dark: also a scale in gray
HOLE = "#e3e3e3"
GRAY = "#6b6b6b"
RC: dict[str, object] = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.titley": 1.0,  # where it would be anyway; else every panel is measured for it
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GRAY,
    "axes.grid": False,
    "grid.color": "#e6e6e6",
    "lines.linewidth": 1.4,
    "hatch.linewidth": 0.4,
    "svg.fonttype": "path",
    "svg.hashsalt": "seqbench",
}
CELL_COLORS = {
    "control": "#7f7f7f",
    "output": "#cc79a7",
    "simple": "#d55e00",
    "gru": "#009e73",
    "lstm": "#0072b2",
    "dynamical": "#e69f00",
    "state_space": "#56b4e9",
    "linear_attention": "#7a5c00",
}
REMEDY_COLORS = {
    "": "#000000",
    "initialize": "#0072b2",
    "reparametrize": "#56b4e9",
    "feed": "#332288",
    "carry": "#e69f00",
    "penalize": "#cc79a7",
    "estimate": "#882255",
    "transform": "#009e73",
    "project": "#7a5c00",
    "solve": "#7f7f7f",
    "combined": "#d55e00",
}
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")
DASHES: tuple[tuple[float, ...], ...] = ((), (4, 1.5), (1, 1), (5, 1, 1, 1), (7, 2), (2, 1, 2, 3))


MANY = 12  # lines that can be told apart in one panel
SHADES = (0.0, -0.45, 0.4)  # members of a family: as it is, toward black, toward white


class Look(NamedTuple):
    """How one cell or remedy is drawn, wherever it is drawn."""

    color: str
    marker: str
    dashes: tuple[float, ...]


Looks = dict[str, Look]
LineStyle = Literal["-"] | tuple[float, tuple[float, ...]]


def _looks(families: Iterable[tuple[str, str]], colors: dict[str, str]) -> Looks:
    looks: Looks = {}
    seen: dict[str, int] = {}
    for i, (name, family) in enumerate(families):
        place = seen[family] = seen.get(family, -1) + 1
        dashes = DASHES[place % len(DASHES)]
        looks[name] = Look(shade(colors[family], place), MARKERS[i % len(MARKERS)], dashes)
    return looks


def shade(color: str, place: int) -> str:
    """The color of the family's member in that place."""
    amount = SHADES[place % len(SHADES)]
    end = 0.0 if amount < 0 else 1.0
    red, green, blue = (part + (end - part) * abs(amount) for part in to_rgb(color))
    return to_hex((red, green, blue))


def cell_looks(trials: pd.DataFrame) -> Looks:
    """The look of every cell of a run, in reading order."""
    names = order.cells(trials["cell"])
    return _looks(((name, order.cell_family(name)) for name in names), CELL_COLORS)


def remedy_looks(trials: pd.DataFrame) -> Looks:
    """The look of every remedy of a run, in reading order."""
    families = order.remedy_families(trials)
    return _looks(((name, families[name]) for name in order.remedies(trials)), REMEDY_COLORS)


def entries(names: Iterable[str], hue: str, trials: pd.DataFrame) -> tuple[dict[str, str], Looks]:
    """What stands in the legend for every cell or remedy, and the looks of that.

    Itself; its family where there are more than a reader can tell apart. A cell may be one that
    was trained under labels alone (rnn of rnn@loud).
    """
    present, of_cells = order.distinct(names), hue == "cell"
    if of_cells and (others := present - set(trials["cell"])):
        trials = pd.DataFrame({"cell": [*trials["cell"].unique(), *sorted(others)]})
    looks = cell_looks(trials) if of_cells else remedy_looks(trials)
    if len(present) <= MANY:
        return {name: name for name in looks}, looks
    words = order.CELL_FAMILIES if of_cells else order.REMEDY_FAMILIES
    colors = CELL_COLORS if of_cells else REMEDY_COLORS
    cells = {name: order.cell_family(name) for name in looks if of_cells}
    family = cells or order.remedy_families(trials)
    found = {family[name] for name in present}
    shown = _looks(((words[key], key) for key in words if key in found), colors)
    return {name: words[family[name]] for name in present}, shown


def gathered(
    frame: pd.DataFrame, hue: str, y: str, trials: pd.DataFrame
) -> tuple[pd.DataFrame, Looks]:
    """Curves with what stands in the legend in column `hue`, and the looks of that.

    A family's curves are its members', each the median of its seeds, in place of the seeds.
    """
    entry, looks = entries(frame[hue], hue, trials)
    if frame[hue].nunique() <= MANY:
        return frame, looks
    keys = [hue, *frame.columns.difference(["cell", "remedy", "seed", y])]
    members = frame.groupby(keys, as_index=False)[y].median()
    return members.assign(seed=members[hue], **{hue: members[hue].map(entry)}), looks


def figure(height: float, width: float = WIDTH) -> Figure:
    """An empty figure (inches) that lays itself out and belongs to nobody else."""
    layout = ConstrainedLayoutEngine(h_pad=0.06, w_pad=0.06)
    return Figure(figsize=(width, height), layout=layout)


def no_data(what: str) -> Figure:
    """The figure of a run that has nothing to show here."""
    made = figure(1.2)
    axes = made.subplots()
    axes.set_axis_off()
    axes.text(0.5, 0.5, f"no data: {what}", ha="center", va="center", color=GRAY)
    return made


def stroke(look: Look) -> LineStyle:
    """The dashes of a look, as matplotlib wants them."""
    return (0, look.dashes) if look.dashes else "-"


def fit(name: str, width: int) -> str:
    """A long name on several lines, broken after _, + or @ where it has them."""
    if len(name) <= width:
        return name
    cut = max(name.rfind(mark, 0, width) for mark in "_+@") + 1 or width
    return name[:cut] + "\n" + fit(name[cut:], width)


def _key(name: str, look: Look) -> Line2D:
    line = Line2D([], [], label=name, color=look.color, linestyle=stroke(look))
    line.set(marker=look.marker, markersize=5, markeredgewidth=0)
    return line


def legend(
    figure: Figure | SubFigure, looks: Looks, names: Iterable[str], columns: int = 7
) -> None:
    """One legend above all panels."""
    found = set(names)
    chosen = [name for name in looks if name in found]
    lines = [_key(name, looks[name]) for name in chosen]
    widest = max(map(len, chosen), default=0)
    fitting = max(1, min(columns, int(115 / (widest + 7))))  # letters that fit on one line
    figure.legend(handles=lines, loc="outside upper center", ncols=fitting, handlelength=3.6)


def level(axes: Axes, y: float, words: str, dashes: tuple[float, ...]) -> None:
    """A horizontal line with its name to the right of the frame, where no curve can cross it."""
    axes.axhline(y, color=GRAY, linewidth=0.7, linestyle=(0, dashes), zorder=0)
    axes.annotate(
        words, (1, y), xycoords=("axes fraction", "data"), xytext=(2, 0), va="center", ha="left",
        textcoords="offset points", fontsize=6, color=GRAY, annotation_clip=False,
    )  # fmt: skip


def medians(axes: Axes, frame: pd.DataFrame, x: str, y: str, hue: str, looks: Looks) -> None:
    """One line per name in column `hue`: every seed faint, their median strong, with markers."""
    found = set(frame[hue].unique())
    present = [name for name in looks if name in found]
    for place, name in enumerate(present):
        mine, look = frame[frame[hue] == name], looks[name]
        for _, seed in mine.groupby("seed"):
            axes.plot(seed[x], seed[y], color=look.color, linewidth=0.5, alpha=0.3)
        middle = mine.groupby(x)[y].median()
        every = max(1, len(middle) // 6)
        axes.plot(
            middle.index, middle, color=look.color, marker=look.marker, markersize=4.2,
            markeredgewidth=0, markevery=(place % every, every), linestyle=stroke(look),
        )  # fmt: skip


def applied() -> AbstractContextManager[None]:
    """`with style.applied():` draws in this style, whatever matplotlib was told elsewhere."""
    return matplotlib.rc_context(RC)  # type: ignore[arg-type]


def to_svg(figure: Figure) -> bytes:
    """The bytes of the figure as SVG; the same figure gives the same bytes."""
    sink = BytesIO()
    with applied():
        figure.savefig(sink, format="svg", metadata={"Date": None})
    return sink.getvalue()
