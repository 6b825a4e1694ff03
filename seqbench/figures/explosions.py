"""Gradients that explode, and the same runs under clipping."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench.analysis.tidy import Tables
from seqbench.figures import style

ORDER = 30
CELL, REMEDIES = "rnn", ("none", "clip_norm")
TOP = 8  # room above the largest norm for its label
COLUMNS = 4  # learning rates side by side: the largest
TITLE = "Gradient norm during training, without and with clipping"
CAPTION = (
    "Norm of the whole gradient before anything clips it, cell rnn, one line per seed, logarithmic "
    "scale; each point is the median since the last one, so the dotted line, the largest norm of "
    "any single update, shows the explosions that medians hide. Above without a remedy, below "
    "with clip_norm; learning rates grow to the right. The task is the one on which rnn without "
    "a remedy exploded most often. A cross: the trial diverged."
)
ALT = (
    "Panels of gradient norm against updates on a logarithmic scale: without a remedy above, with "
    "clipping below, one column per learning rate, one line per seed. The numbers are in the "
    "table beside it."
)
TABLE = "curves"


def most_explosive_task(trials: pd.DataFrame) -> str | None:
    """Where the largest share of updates exploded without a remedy; ties by largest norm."""
    plain = trials[(trials["cell"] == CELL) & (trials["remedy"] == "none")]
    shares = plain.groupby("task")[["explosions", "grad_norm_max"]].mean()
    ranked = shares.sort_values(["explosions", "grad_norm_max"], ascending=False, kind="stable")
    return str(ranked.index[0]) if len(ranked) else None


def data(tables: Tables) -> pd.DataFrame:
    """task, cell, remedy, learning_rate, seed, step, grad_norm, grad_norm_max, status."""
    keys = ["task", "cell", "remedy", "learning_rate", "seed"]
    trials, curves = tables.trials, tables.curves
    mine = trials[(trials["task"] == most_explosive_task(trials)) & (trials["cell"] == CELL)]
    mine = mine[mine["remedy"].isin(REMEDIES)][[*keys, "grad_norm_max", "status"]]
    norms = curves[(curves["split"] == "train") & (curves["quantity"] == "grad_norm")]
    norms = norms[[*keys, "step", "value"]].rename(columns={"value": "grad_norm"})
    return norms.merge(mine, on=keys, how="inner")


def draw(tables: Tables) -> Figure:
    """A column per learning rate, a row per remedy."""
    frame = data(tables).astype({"step": "float64"})
    frame = frame[frame["grad_norm"].between(0, float("inf"), inclusive="neither")]
    if frame.empty:
        return style.no_data(f"no gradient norm of the cell {CELL} was recorded")
    rates = sorted(set(frame["learning_rate"]))[-COLUMNS:]
    remedies = [name for name in REMEDIES if name in set(frame["remedy"])]
    figure = style.figure(0.7 + 1.7 * len(remedies))
    panels = figure.subplots(len(remedies), len(rates), squeeze=False, sharex=True, sharey=True)
    looks = style.remedy_looks(tables.trials)
    for row, remedy in zip(panels, remedies, strict=True):
        for axes, rate in zip(row, rates, strict=True):
            group = frame[(frame["remedy"] == remedy) & (frame["learning_rate"] == rate)]
            _panel(axes, group, looks[remedy].color)
            axes.set_title(f"{remedy}, learning rate {rate:g}", loc="left")
    norms = frame[["grad_norm", "grad_norm_max"]].replace(float("inf"), float("nan"))
    panels[0, 0].set_ylim(norms.min().min() / 2, TOP * norms.max().max())  # all share it
    figure.supxlabel(f"updates (task {frame['task'].iloc[0]})", fontsize=8)
    figure.supylabel("gradient norm before clipping", fontsize=8)
    return figure


def _panel(axes: Axes, group: pd.DataFrame, color: str) -> None:
    axes.set_yscale("log")
    for number, (_, trial) in enumerate(group.groupby("seed")):
        dashes = style.DASHES[number % len(style.DASHES)]
        axes.plot(
            trial["step"], trial["grad_norm"], color=color, linewidth=0.9, alpha=0.8,
            linestyle=(0, dashes) if dashes else "-",
        )  # fmt: skip
        if (trial["status"] == "diverged").any():
            end = trial.iloc[-1]
            axes.plot(end["step"], end["grad_norm"], "X", color="#b00020", markersize=6)
    largest = group["grad_norm_max"].max()
    if largest > 0 and largest < float("inf"):
        axes.axhline(largest, color=style.GRAY, linewidth=0.8, linestyle=":")
    words = f"largest update {largest:.3g}"
    axes.text(0.98, 0.98, words, transform=axes.transAxes, ha="right", va="top", fontsize=6.5)
