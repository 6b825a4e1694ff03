"""Heat maps of skill, every cell under every remedy, task by task."""

import pandas as pd
from matplotlib.figure import Figure

from seqbench.analysis import order
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.heat import LEGEND, SHADES_LEGEND, foot, heat, name_fields, shades

ORDER = 50
SECTION = "tasks"
FIELDS = 3000  # of more, the numbers could not be read, and would be most of the report's bytes
TITLE = "Skill task by task"
CAPTION = (
    "Test skill (0 chance, 1 perfect), mean over seeds at the learning rate chosen on validation. "
    "A remedy helps a cell where its field is darker than that of `none` in the same row. A row "
    "that is light throughout is a cell that does not learn the task under any remedy. Gray: no "
    "score, with the reason. The lag is the number of steps from the earliest input that an answer "
    f"depends on to that answer. With more than {FIELDS:,} fields only the colors are drawn. Of "
    "tasks that were trained with a single cell or a single remedy the tables tell."
)
ALT = (
    "One heat map per task. Rows are cells, columns are remedies, the number in each field is the "
    "mean test skill; gray fields have no score and say why. The numbers are in the table beside."
)
TABLE = "summary"
LETTERS = 32  # of a name, on one line
COLUMNS = [
    "task", "cell", "remedy", "status", "n", "skill", "skill_low", "skill_high", "lag", "io_shape"
]  # fmt: skip


def data(tables: Tables) -> pd.DataFrame:
    """task, cell, remedy, status, n, skill with its interval, lag, io_shape."""
    return tables.summary[COLUMNS].reset_index(drop=True)


def _crossed(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of tasks with several cells under several remedies; where there are none, all."""
    several = frame.groupby("task")[["cell", "remedy"]].nunique().ge(2).all(axis=1)
    crossed = frame[frame["task"].map(several).astype(bool)]
    return (frame if crossed.empty else crossed).copy()


def draw(tables: Tables) -> Figure:
    """Two panels side by side; names of remedies below the lowest ones."""
    frame = _crossed(data(tables))
    if frame.empty:
        return style.no_data("nothing was run")
    frame["note"] = ""
    tasks, cells, ran = order.tasks(frame), order.cells(frame["cell"]), set(frame["remedy"])
    remedies = [name for name in order.remedies(tables.trials) if name in ran]
    labels = {name: style.fit(name, LETTERS) for name in remedies}
    columns = min(2, len(tasks))
    rows = -(-len(tasks) // columns)
    legible = len(frame) <= FIELDS
    figure = style.figure(foot(labels) + rows * (0.3 + (0.18 if legible else 0.11) * len(cells)))
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    places = list(panels.flat)
    if len(places) > len(tasks):
        places.pop(1).set_axis_off()  # above, so that the names below stay in one line
    for i, axes in enumerate(places):
        group = frame[frame["task"] == tasks[i]]
        if legible:
            heat(axes, group, cells, labels, 6.3)
        else:
            shades(axes, group, cells, labels)
        lag = group["lag"].dropna()
        title = f"{tasks[i]} (lag {lag.iloc[0]})" if len(lag) else tasks[i]
        axes.set_title(style.fit(title, 46), loc="left")
        axes.tick_params(labelbottom=axes in panels[-1], labelsize=7)
    for axes in panels[-1]:  # the others share them
        name_fields(axes, cells, labels)
    words = LEGEND if legible else SHADES_LEGEND
    figure.supxlabel(f"remedy\n{words}", fontsize=7, color=style.GRAY)
    figure.supylabel("cell", fontsize=8)
    return figure
