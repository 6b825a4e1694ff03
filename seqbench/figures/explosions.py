"""Exploding gradients: gradient norms during training, without and with clipping."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench.analysis import choose
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style

ORDER = 30
SECTION = "flow"
REMEDIES = ("none", "clip_norm")
TOP = 8  # room above the largest norm for its label
COLUMNS = 4  # learning rates side by side: the largest
TITLE = "Gradient norm during training, without and with clipping"
CAPTION = (
    "Norm of the whole gradient before clipping, cell `{baseline}`, one line per seed, logarithmic "
    "scale; each point is the largest norm of any update since the point before. Above: without a "
    "remedy. Below: with `clip_norm`, where it was trained. Learning rates grow to the right. In "
    "the corner: in how many trials the step, as the optimizer gets it, or the loss jumped upward "
    "against its running median, and how many of these never found back. The task is the one, of "
    "those with both if there are any, on which `{baseline}` without a remedy jumped most often. A "
    "line that ends early is a trial that solved the task; a cross marks one that diverged."
)
ALT = (
    "Panels of gradient norm against updates on a logarithmic scale: without a remedy above, with "
    "clipping below, one column per learning rate, one line per seed. The numbers are in the "
    "table beside it."
)
TABLE = "curves"


def most_explosive_task(tables: Tables) -> str | None:
    """Where there were most jumps without a remedy; ties by largest norm.

    Of the tasks with clipping, too, where there are any.
    """
    trials = tables.trials[tables.trials["cell"].eq(tables.baseline)]
    plain = trials[trials["remedy"].eq("none")]
    both = plain[plain["task"].isin(set(trials.loc[trials["remedy"].eq("clip_norm"), "task"]))]
    plain = plain if both.empty else both
    shares = plain.groupby("task")[["events", "grad_norm_max"]].mean()
    ranked = shares.sort_values(["events", "grad_norm_max"], ascending=False, kind="stable")
    return str(ranked.index[0]) if len(ranked) else None


def data(tables: Tables) -> pd.DataFrame:
    """task, cell, remedy, learning_rate, seed, step, grad_norm_max, events, lost, status."""
    keys = ["task", "cell", "remedy", "learning_rate", "seed"]
    task, trials = most_explosive_task(tables), choose.searched(tables.trials)
    trials = trials[(trials["task"] == task) & trials["cell"].eq(tables.baseline)]
    mine = trials[trials["remedy"].isin(REMEDIES)][[*keys, "events", "lost", "status"]]
    norms = tables.curves.where(cell=tables.baseline, split="train", quantity="grad_norm_max")
    norms = norms[[*keys, "step", "value"]].rename(columns={"value": "grad_norm_max"})
    return norms.merge(mine, on=keys, how="inner")


def draw(tables: Tables) -> Figure:
    """A column per learning rate, a row per remedy."""
    frame = data(tables).astype({"step": "float64"})
    frame = frame[frame["grad_norm_max"].between(0, float("inf"), inclusive="neither")]
    if frame.empty:
        return style.no_data(f"no gradient norm of the cell {tables.baseline} was recorded")
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
    norms = frame["grad_norm_max"]
    panels[0, 0].set_ylim(norms.min() / 2, TOP * norms.max())  # all share it
    figure.supxlabel(f"updates (task {frame['task'].iloc[0]})", fontsize=8)
    figure.supylabel("largest gradient norm, before clipping", fontsize=8)
    return figure


def _panel(axes: Axes, group: pd.DataFrame, color: str) -> None:
    axes.set_yscale("log")
    axes.minorticks_off()
    for number, (_, trial) in enumerate(group.groupby("seed")):
        dashes = style.DASHES[number % len(style.DASHES)]
        axes.plot(
            trial["step"], trial["grad_norm_max"], color=color, linewidth=0.9, alpha=0.8,
            linestyle=(0, dashes) if dashes else "-",
        )  # fmt: skip
        if (trial["status"] == "diverged").any():
            end = trial.iloc[-1]
            axes.plot(end["step"], end["grad_norm_max"], "X", color="#b00020", markersize=6)
    trials = group.groupby("seed")[["events", "lost"]].first()
    jumped, lost = (int(trials[name].gt(0).sum()) for name in trials)
    words = f"{jumped} of {len(trials)} jumped" + (f", {lost} never found back" if lost else "")
    axes.text(0.98, 0.98, words, transform=axes.transAxes, ha="right", va="top", fontsize=6.5)
