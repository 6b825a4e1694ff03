"""Analysis of variance: the share of the variance of test skill that each factor explains."""

import pandas as pd
from matplotlib.figure import Figure

from seqbench.analysis.runs import preferred
from seqbench.analysis.tables.variance import REST
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style

ORDER = 40
SECTION = "across"
TITLE = "What decides the skill: the share of its variance explained"
CAPTION = (
    "Share of the variance of test skill (eta squared) that the main effects (cell, remedy, task, "
    "seed) explain, and every interaction of two of them; the rest are interactions of three or "
    "more. All learning rates were chosen on validation. Whiskers are 95 % jackknife intervals "
    "over seeds. Included are cells with a loop, and of them the largest part of the table in "
    "which no score is missing."
)
ALT = (
    "Bar chart: one bar per effect, its length the share of variance explained, with a whisker. "
    "The numbers are in the table beside it."
)
TABLE = "variance"
APART = True
DARK, LIGHT = "#0072b2", "#9ac7e3"


def data(tables: Tables) -> pd.DataFrame:
    """effect, levels, df, share, low, high, omega; the rest last."""
    columns = ["effect", "levels", "df", "share", "low", "high", "omega"]
    return preferred(tables.derived["variance"])[columns].reset_index(drop=True)


def draw(tables: Tables) -> Figure:
    """A bar per effect, in the order of the table."""
    frame = data(tables)
    if frame.empty:
        return style.no_data("no two scores differ")
    figure = style.figure(0.8 + 0.2 * len(frame), 6.4)
    axes = figure.subplots()
    shares = frame["share"].to_numpy("float64")
    pairs = frame["effect"].str.contains(" x ").tolist()
    rest = frame["effect"].eq(REST).tolist()
    colors = [
        "white" if last else LIGHT if two else DARK for two, last in zip(pairs, rest, strict=True)
    ]
    axes.barh(range(len(frame)), shares, color=colors, height=0.62, edgecolor=style.GRAY, lw=0.5)
    for y, limits in enumerate(frame[["low", "high"]].to_numpy("float64")):
        axes.plot(limits, [y, y], color="black", linewidth=1)
    ends = frame["high"].fillna(frame["share"]).to_numpy("float64")
    for y, (share, end) in enumerate(zip(shares, ends, strict=True)):
        axes.annotate(
            f"{100 * share:.1f} %", (max(share, end), y), xytext=(4, 0), va="center",
            textcoords="offset points", fontsize=7,
        )  # fmt: skip
    axes.set_yticks(range(len(frame)), [name.replace(" x ", " × ") for name in frame["effect"]])
    axes.set(ylim=(len(frame) - 0.4, -0.6), xlim=(0, min(1.12, 1.25 * max(0.1, *ends, *shares))))
    sizes = frame["levels"].iloc[0].replace(" x ", " × ")
    axes.set(xlabel=f"share of the variance of test skill, {sizes}")
    axes.set_ylabel("effect")
    return figure
