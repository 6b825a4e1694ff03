"""Learning-rate sensitivity of the plain network under each remedy."""

import pandas as pd
from matplotlib.figure import Figure

from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.curves import reference
from seqbench.figures.drawing.panels import by_task

ORDER = 93
SECTION = "tuning"
TITLE = "Sensitivity to the learning rate: the baseline under each remedy"
CAPTION = (
    "Mean test skill of `{baseline}` at every learning rate that was tried, one line per remedy, "
    "on the telling tasks. A ring marks the rate that was chosen on "
    "validation. A flat line means that the remedy is robust to the learning rate, a peak that it "
    "depends on tuning. Intervals are in the table. With more than twelve remedies, the medians of "
    "families are drawn."
)
ALT = (
    "One panel per task, one line per remedy: test skill against the learning rate on a "
    "logarithmic axis. The numbers are in the table beside it."
)
TABLE = "sensitivity"


def data(tables: Tables) -> pd.DataFrame:
    """task, remedy, learning_rate, chosen, skill, skill_low, skill_high, lost, share."""
    frame = tables.derived["sensitivity"]
    frame = frame[frame["cell"].eq(tables.baseline) & frame["learning_rate"].notna()]
    past = tables.telling
    if frame["task"].isin(past).any():
        frame = frame[frame["task"].isin(past)]
    columns = ["task", "remedy", "learning_rate", "chosen", "skill", "skill_low", "skill_high"]
    return frame[[*columns, "lost", "share"]].reset_index(drop=True)


def draw(tables: Tables) -> Figure:
    """A panel per task, a line per remedy."""
    frame = data(tables)
    if frame.empty:
        return style.no_data(f"the cell {tables.baseline} was not trained")
    entry, looks = style.entries(frame["remedy"], "remedy", tables.trials)
    many = frame["remedy"].nunique() > style.MANY
    shown = frame.assign(remedy=frame["remedy"].map(entry))
    keys = ["task", "remedy", "learning_rate"]
    lines = shown.groupby(keys, as_index=False)["skill"].median()
    levels = reference(tables, tables.baseline)
    figure, panels = by_task(frame, tables.trials)
    for task, axes in panels.items():
        own = dict(list(lines[lines["task"].eq(task)].groupby("remedy")))
        for name in (name for name in looks if name in own):
            look = looks[name]
            axes.plot(
                own[name]["learning_rate"], own[name]["skill"], color=look.color, markersize=4,
                marker=look.marker, markeredgewidth=0, linestyle=style.stroke(look),
            )  # fmt: skip
        if not many:
            best = shown[shown["task"].eq(task) & shown["chosen"]]
            axes.plot(
                best["learning_rate"], best["skill"], "o", color=style.GRAY, mfc="none",
                markersize=8, markeredgewidth=0.6,
            )  # fmt: skip
        rates = sorted(set(lines.loc[lines["task"].eq(task), "learning_rate"]))
        axes.set_xscale("log")
        axes.set_xticks(rates, [f"{rate:g}" for rate in rates])
        axes.minorticks_off()
        axes.margins(x=0.15)
        style.level(axes, 0, "chance", (1, 2))
        if task in levels:
            style.level(axes, levels[task], "reference", (2, 1, 1, 1))
    figure.supxlabel("learning rate", fontsize=8)
    figure.supylabel("test skill (0 chance, 1 perfect)", fontsize=8)
    style.legend(figure, looks, lines["remedy"])
    return figure
