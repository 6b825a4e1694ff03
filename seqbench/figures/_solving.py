"""Share solved over updates in small multiples: a panel per task, a line per cell or remedy."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench.analysis import kaplan_meier, order, survival
from seqbench.analysis.tidy import Tables
from seqbench.figures import style

COLUMNS = ["task", "name", "step", "share", "low", "high", "at_risk", "censored"]


def solving(tables: Tables, kind: str) -> pd.DataFrame:
    """Kaplan and Meier's curves, COLUMNS; of tasks whose answer lies in the past if there are any.

    Of more names than can be told apart, the trials of a family are put together.
    """
    frame = survival.watched(tables.trials)
    if frame["past_only"].any():
        frame = frame[frame["past_only"]]
    hue = "cell" if kind == "cell" else "remedy"
    of = survival.groups(frame, kind)
    entry, _ = style.entries({name for own in of.values() for name in own}, hue, tables.trials)
    parts = [pd.DataFrame(columns=COLUMNS)]
    for task, own in of.items():
        merged: dict[str, list[kaplan_meier.Timed]] = {}
        for name, timed in own.items():
            merged.setdefault(entry[name], []).append(timed)
        for name, some in merged.items():
            time, event = (np.concatenate(arrays) for arrays in zip(*some, strict=True))
            found = kaplan_meier.curve(time, event)
            ended = np.array([(~event & (time == t)).sum() for t in found.time])
            columns = {"step": found.time, "share": found.share, "low": found.low}
            columns |= {"high": found.high, "at_risk": found.at_risk, "censored": ended}
            parts.append(pd.DataFrame({"task": task, "name": name} | columns))
    return pd.concat(parts[1:] or parts, ignore_index=True)


def multiples(tables: Tables, frame: pd.DataFrame, kind: str) -> Figure:
    """A panel per task; ticks where trials ended unsolved."""
    hue = "cell" if kind == "cell" else "remedy"
    names = {*tables.trials[hue]} & {*frame["name"]}
    looks = (style.cell_looks if hue == "cell" else style.remedy_looks)(tables.trials)
    if not names >= {*frame["name"]}:  # families
        _, looks = style.entries(tables.trials[hue], hue, tables.trials)
    tasks = order.tasks(tables.trials[tables.trials["task"].isin(set(frame["task"]))])
    columns = min(4 if len(tasks) > 4 else 2, len(tasks))
    rows = -(-len(tasks) // columns)
    figure = style.figure(1.2 + 1.6 * rows)
    panels = figure.subplots(rows, columns, squeeze=False, sharey=True)
    for i, axes in enumerate(panels.flat):
        if i >= len(tasks):
            axes.set_axis_off()
            continue
        _panel(axes, frame[frame["task"].eq(tasks[i])], looks)
        axes.set_title(tasks[i], loc="left")
        axes.set_xlim(left=0)
        axes.margins(x=0.04)
    panels[0, 0].set(ylim=(-0.04, 1.06))
    figure.supxlabel("updates", fontsize=8)
    figure.supylabel("share of seeds solved", fontsize=8)
    style.legend(figure, looks, frame["name"])
    return figure


def _panel(axes: Axes, own: pd.DataFrame, looks: style.Looks) -> None:
    groups = dict(list(own.groupby("name")))
    for name in (name for name in looks if name in groups):
        line, look = groups[name], looks[name]
        axes.plot(
            line["step"], line["share"], color=look.color, linestyle=style.stroke(look),
            drawstyle="steps-post",
        )  # fmt: skip
        solved = line[line["share"].diff() > 0]
        axes.plot(
            solved["step"], solved["share"], look.marker, color=look.color, markersize=4,
            markeredgewidth=0,
        )  # fmt: skip
        ended = line[line["censored"] > 0]
        axes.plot(ended["step"], ended["share"], "|", color=look.color, markersize=6)
