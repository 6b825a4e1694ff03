"""Overview: skill of every cell under every remedy, on telling tasks."""

import pandas as pd
from matplotlib.figure import Figure

from seqbench.analysis import order
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.heat import LEGEND, foot, heat, name_fields

ORDER = 10
SECTION = "answer"
TITLE = "Skill of every cell under every remedy, on telling tasks"
CAPTION = (
    "Mean test skill over seeds and over all telling tasks; "
    "0 is chance, 1 is perfect. A row shows what remedies change for one cell, the column `none` "
    "how cells differ without a remedy. A star: the mean is over fewer of these tasks. A "
    "readout in closed form may be that of a larger network (the tables give its units). Gray: no "
    "score, with the reason."
)
ALT = (
    "Heat map. Rows are cells by family, the one without memory first; columns are remedies, none "
    "first; the number in each field is the mean test skill. The table beside it has them."
)
TABLE = "summary"
APART = True


def data(tables: Tables) -> pd.DataFrame:
    """cell, remedy, skill, status, tasks (in the mean), of (tasks there are)."""
    past = tables.summary[tables.tells(tables.summary)]
    ran = past["status"] == "ok"
    keys = ["cell", "remedy"]
    skill = past[ran].groupby(keys)["skill"].agg(skill="mean", tasks="size")
    all_ = past.groupby(keys)["status"].first().to_frame()
    frame = all_.join(skill).reset_index()
    frame["tasks"] = frame["tasks"].fillna(0).astype(int)
    frame.loc[frame["tasks"] > 0, "status"] = "ok"
    frame["of"] = past["task"].nunique()
    return frame


def draw(tables: Tables) -> Figure:
    """Cells down, remedies across."""
    frame = data(tables)
    if frame.empty:
        return style.no_data("no telling task was run")
    cells, remedies = order.cells(frame["cell"]), order.remedies(tables.trials)
    labels = {name: name.replace("+", "\n+ ") for name in remedies}
    frame["note"] = [
        "" if n == of else "*" for n, of in zip(frame["tasks"], frame["of"], strict=True)
    ]
    figure = style.figure(foot(labels.values()) + 0.25 * len(cells), 1 + 0.4 * max(14, len(labels)))
    axes = figure.subplots()
    heat(axes, frame, cells, labels, 8)
    name_fields(axes, cells, labels)
    axes.set(xlabel="remedy", ylabel="cell")
    figure.supxlabel(LEGEND + "\n* mean of fewer tasks", fontsize=7, color=style.GRAY)
    return figure
