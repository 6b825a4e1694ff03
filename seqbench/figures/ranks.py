"""Mean ranks and critical differences (Demsar's diagram): the groups that do not differ."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench.analysis.runs import preferred
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.pair import TITLES

ORDER = 41
SECTION = "across"
TITLE = "Mean ranks, and which of them differ significantly"
CAPTION = (
    "Every cell (left) is ranked on every telling task, every remedy "
    "(right) on every such task and cell; 1 is best, and the mark is the mean rank. Vertical bars "
    "join names that do not differ significantly (Nemenyi's test, 5 %): their mean ranks differ "
    "by less than the critical difference, which is drawn above. Of more than 25 names only the "
    "first and the last 12 are drawn; the table has all. Only what ran everywhere is ranked."
)
ALT = (
    "Dot plot of mean ranks, best on top, with bars beside it that join groups whose ranks do not "
    "differ significantly. The numbers and the groups are in the table beside it."
)
TABLE = "ranks"
APART = True
LETTERS = 32  # of a name, on one line
ENDS = 12  # names drawn at either end, where more than two ends and one were ranked


def data(tables: Tables) -> pd.DataFrame:
    """kind, name, rank, group, critical, p, strata: cells, and remedies on all cells or on one."""
    frame = preferred(tables.derived["ranks"])
    kinds = ["cell", "remedy" if frame["kind"].eq("remedy").any() else "baseline"]
    columns = ["kind", "name", "rank", "group", "critical", "p", "strata"]
    return frame.loc[frame["kind"].isin(kinds), columns].reset_index(drop=True)


def draw(tables: Tables) -> Figure:
    """A panel for cells, one for remedies."""
    frame = data(tables)
    if frame.empty:
        return style.no_data("nothing to rank: a single cell and a single remedy")
    kinds = list(dict.fromkeys(frame["kind"]))
    longest = min(int(frame.groupby("kind").size().max()), 2 * ENDS + 1)
    lines = max(1 + style.fit(name, LETTERS).count("\n") for name in frame["name"])
    figure = style.figure(1.1 + (0.04 + 0.12 * lines) * longest)
    panels = figure.subplots(1, len(kinds), squeeze=False)
    for axes, kind in zip(panels[0], kinds, strict=True):
        is_cell = kind == "cell"
        looks = (style.cell_looks if is_cell else style.remedy_looks)(tables.trials)
        _panel(axes, frame[frame["kind"].eq(kind)], looks)
        axes.set_title(f"{TITLES[kind]}\n", loc="left")
        axes.set_ylabel("cell" if is_cell else "remedy")
    return figure


def _places(k: int) -> list[int]:
    """Where each of k names stands, from the top; all that are left out share one row."""
    if k <= 2 * ENDS + 1:
        return list(range(k))
    return [*range(ENDS), *([ENDS] * (k - 2 * ENDS)), *range(ENDS + 1, 2 * ENDS + 1)]


def _panel(axes: Axes, side: pd.DataFrame, looks: style.Looks) -> None:
    ranks, groups, k = side["rank"].tolist(), side["group"].tolist(), len(side)
    rows = list(zip(_places(k), side["name"], ranks, groups, strict=True))
    n = rows[-1][0] + 1
    gap = ENDS if n < k else None
    labels = {y: style.fit(name, LETTERS) for y, name, *_ in rows}
    if gap is not None:
        labels[gap] = f"({k - 2 * ENDS} more)"
    for y, name, rank, _ in rows:
        if y != gap:
            look = looks[name]
            axes.plot([0.5, rank], [y, y], color=style.HOLE, linewidth=0.8, zorder=0)
            axes.plot(rank, y, look.marker, color=look.color, markersize=5.5, markeredgewidth=0)
    letters = sorted({letter for y, *_, group in rows if y != gap for letter in group})
    for place, letter in enumerate(letters):
        ends = [y for y, *_, group in rows if letter in group]
        x = k + 0.5 + (place + 0.5) * k / 25
        axes.plot(
            [x, x], [ends[0] - 0.3, ends[-1] + 0.3], color="black", linewidth=2, clip_on=False
        )
    critical = float(side["critical"].iloc[0])
    wide = min(critical, k)
    axes.plot([0.5, 0.5 + wide], [-0.9, -0.9], color=style.GRAY, linewidth=2, clip_on=False)
    axes.text(
        0.5, -1.05, f"critical difference {critical:.1f}, {int(side['strata'].iloc[0])} rankings",
        color=style.GRAY, fontsize=6.5, va="bottom",
    )  # fmt: skip
    axes.set_yticks(list(labels), list(labels.values()))
    axes.set(xlim=(0.5, k + 0.5), ylim=(n - 0.4, -1.2), xlabel="mean rank, 1 is best")
    axes.spines["left"].set_bounds(n - 0.4, -0.6)  # not through the words above
