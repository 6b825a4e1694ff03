"""Effects behind the verdicts on claims, with intervals and the thresholds they must exceed."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style

ORDER = 15
SECTION = "claims"
TITLE = "The effects that decide the claims, and their thresholds"
CAPTION = (
    "Every claim that this run tests by training, with the effect that decides it, its 95 % "
    "interval where there is one and, as a gray stroke, the threshold. Claims in the same unit "
    "share a panel. Most claims require an effect to the right of the stroke; one that something "
    "is at chance requires it to the left, one that two things are alike, or near a value, around "
    "0. A filled circle is supported, a cross contradicted, an open diamond inconclusive; a star "
    "beside the id marks an analogue of the published setting. An arrow marks an open end of an "
    "interval. Claims that need no training are in the table alone."
)
ALT = (
    "Panels by unit; rows are claims by id, with a point and a line for effect and interval and a "
    "stroke for the threshold. The table beside it has the numbers, the chapter the statements."
)
TABLE = "claims"
COLUMNS = [
    "claim", "verdict", "effect", "low", "high", "threshold", "unit", "analogue", "statement",
]  # fmt: skip
LOOKS = {  # marker, color, filled: told apart in gray by shape alone
    "supported": ("o", "#009e73", True),
    "contradicted": ("X", "#d55e00", True),
    "inconclusive": ("D", style.GRAY, False),
}
ROW, HEAD = 0.3, 0.5  # inches
LINE, LINES = 46, 2  # letters of a statement beside its row


def data(tables: Tables) -> pd.DataFrame:
    """What COLUMNS names, of the claims that trials decide; without any, of the analytic ones."""
    claims = tables.derived["claims"]
    tested = claims["effect"].notna()
    trained = tested & claims["kind"].ne("analytic")
    return claims.loc[trained if trained.any() else tested, COLUMNS].reset_index(drop=True)


def draw(tables: Tables) -> Figure:
    """A panel per unit, as high as it has claims."""
    claims = data(tables)
    if claims.empty:
        return style.no_data("no claim of the ledger was tested")
    units = list(dict.fromkeys(claims["unit"]))
    sizes = [int(claims["unit"].eq(unit).sum()) for unit in units]
    figure = style.figure(0.5 + sum(HEAD + ROW * n for n in sizes))
    ratios = [HEAD / 2 + ROW * n for n in sizes]
    panels = figure.subplots(len(units), 1, squeeze=False, height_ratios=ratios)[:, 0]
    for axes, unit in zip(panels, units, strict=True):
        _panel(axes, claims[claims["unit"].eq(unit)], unit)
    names = [name for name in LOOKS if name in set(claims["verdict"])]
    looks = {name: style.Look(LOOKS[name][1], LOOKS[name][0], ()) for name in names}
    style.legend(figure, looks, names)
    for handle, name in zip(figure.legends[0].get_lines(), names, strict=True):
        edge = LOOKS[name][1]
        handle.set(markerfacecolor=_face(name), markeredgecolor=edge, markeredgewidth=1)
    figure.supylabel("claim", fontsize=8)
    return figure


def _face(verdict: str) -> str:
    _, color, filled = LOOKS[verdict]
    return color if filled else "white"


def _panel(axes: Axes, claims: pd.DataFrame, unit: str) -> None:
    ends = claims[["effect", "low", "high", "threshold"]].to_numpy("float64")
    finite = ends[np.isfinite(ends)]
    margin = 0.08 * (np.ptp(finite) or 1.0)
    left, right = float(finite.min() - margin), float(finite.max() + margin)
    if unit.startswith("share of"):
        left, right = -0.04, 1.04
    for y, (_, row) in enumerate(claims.iterrows()):
        marker, color, _ = LOOKS[row["verdict"]]
        if pd.notna(row["low"]) or pd.notna(row["high"]):
            _interval(axes, y, row, color, (left, right))
        face = _face(row["verdict"])
        axes.plot(row["effect"], y, marker, color=color, markerfacecolor=face, markersize=5.5)
        axes.plot([row["threshold"]] * 2, [y - 0.4, y + 0.4], color=style.GRAY, linewidth=1.2)
    axes.set_yticks(range(len(claims)), [_label(row) for _, row in claims.iterrows()], fontsize=6.5)
    axes.set(xlim=(left, right), ylim=(len(claims) - 0.4, -0.6), xlabel=unit)
    axes.grid(axis="x")
    axes.set_axisbelow(True)


def _label(row: "pd.Series[str]") -> str:
    """The id, and the statement on two lines at most."""
    words = row["claim"] + "*" * bool(row["analogue"]) + "  " + row["statement"].rstrip(".")
    return textwrap.fill(words, LINE, max_lines=LINES, placeholder=" ...")


def _interval(
    axes: Axes, y: int, row: "pd.Series[float]", color: str, frame: tuple[float, float]
) -> None:
    """A line; with an arrow at an end that is open."""
    low, high = (row[name] if np.isfinite(row[name]) else np.nan for name in ("low", "high"))
    ends = [frame[0] if np.isnan(low) else low, frame[1] if np.isnan(high) else high]
    axes.plot(ends, [y, y], color=color, linewidth=1.2)
    for end, x, marker in ((low, ends[0], "<"), (high, ends[1], ">")):
        if np.isnan(end):
            axes.plot(x, y, marker, color=color, markersize=4, clip_on=False)
