"""Share solved over updates in small multiples: a panel per task, a line per cell or remedy."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench.analysis.methods import kaplan_meier
from seqbench.analysis.tables import survival
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.panels import by_task

COLUMNS = ["task", "name", "step", "share", "low", "high", "at_risk", "censored"]


def solving(tables: Tables, kind: str) -> pd.DataFrame:
    """Kaplan and Meier's curves, COLUMNS; of telling tasks if there are any.

    Of more names than can be told apart, the trials of a family are put together.
    """
    frame = survival.watched(tables.tuned)
    if tables.tells(frame).any():
        frame = frame[tables.tells(frame)]
    hue = "cell" if kind == "cell" else "remedy"
    of = survival.groups(frame, kind, tables.baseline)
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
    figure, panels = by_task(frame, tables.trials)
    for task, axes in panels.items():
        _panel(axes, frame[frame["task"].eq(task)], looks)
        axes.set_xlim(left=0)
        axes.margins(x=0.04)
        axes.set_ylim(-0.04, 1.06)
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
