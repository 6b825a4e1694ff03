"""Vanishing and exploding gradients: norm of the gradient over the lag."""

import pandas as pd
from matplotlib.figure import Figure

from seqbench.analysis.gradient_flow import ratios
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style

ORDER = 20
SECTION = "flow"
FLOOR = 1e-12  # below this a gradient is lost in the rounding of the sum it is added to
TITLE = "How far back the gradient reaches"
CAPTION = (
    "Norm of the gradient of the last answer's loss with respect to the state some steps before, "
    "as a multiple of its norm at the last step; strong lines are medians over seeds, faint ones "
    "single seeds; logarithmic scale. A falling line is a vanishing gradient, a rising one an "
    "exploding gradient; a level one means that the gradient is preserved. Above: every cell "
    "without a remedy. Below: the cell `{baseline}` under each initialization. From left to right: "
    "before training, after half of the updates (of trials that are still in training) and at the "
    "end. A line leaves the frame below a trillionth, which is lost in rounding. With more than "
    "twelve lines, a strong line is the median of a family."
)
ALT = (
    "Six panels of gradient size against steps back, on a logarithmic scale: cells at the start, "
    "on the way and at the end of training, then initializations of the baseline "
    "at the same times. The numbers are in the table beside it."
)
TABLE = "flow"
WHEN = {"start": "before training", "way": "half-way", "end": "at the end"}


def data(tables: Tables) -> pd.DataFrame:
    """task, cell, remedy, seed, when (start, way or end), lag, ratio to the norm at lag 0."""
    return ratios(tables)


def draw(tables: Tables) -> Figure:
    """Cells above, initializations of the baseline below; time runs to the right."""
    frame = data(tables)
    frame = frame[frame["ratio"].between(0, float("inf"), inclusive="left")]
    frame = frame.astype({"lag": "float64"}).assign(ratio=frame["ratio"].clip(lower=FLOOR / 100))
    if frame.empty:
        return style.no_data("no gradient was recorded over the lag")
    both = (
        ("cell", frame[frame["remedy"] == "none"], "every cell"),
        ("remedy", frame[frame["cell"] == tables.baseline], tables.baseline),
    )
    rows = [row for row in both if len(row[1])]
    figure = style.figure(2.3 * len(rows))
    halves = figure.subfigures(len(rows), 1, squeeze=False)[:, 0]
    task = style.fit(frame["task"].iloc[0], 30)
    for half, (hue, every, words) in zip(halves, rows, strict=True):
        group, looks = style.gathered(every, hue, "ratio", tables.trials)
        panels = half.subplots(1, len(WHEN), sharex=True, sharey=True)
        for axes, (when, title) in zip(panels, WHEN.items(), strict=True):
            axes.set_yscale("log")
            axes.axhline(1, color=style.GRAY, linewidth=0.7, zorder=0)
            style.medians(axes, group[group["when"] == when], "lag", "ratio", hue, looks)
            axes.set_title(f"{words}, {title}", loc="left")
            axes.set(xlabel="steps back", ylabel="")
        panels[0].set_ylabel("|dL/dh|, 1 at the last step")
        panels[1].set_xlabel(f"steps back from the last answer ({task})")
        panels[0].set_ylim(bottom=max(FLOOR, panels[0].get_ylim()[0]))  # both share it
        style.legend(half, looks, group[hue])
    return figure
