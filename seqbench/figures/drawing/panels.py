"""Small multiples: a panel per task."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench.analysis import order
from seqbench.figures.drawing import style

FEW = 4  # so many panels stand in two columns


def by_task(frame: pd.DataFrame, trials: pd.DataFrame) -> tuple[Figure, dict[str, Axes]]:
    """A figure and its panels, one for every task of the frame, in reading order."""
    tasks = order.tasks(trials[trials["task"].isin(set(frame["task"]))])
    columns = min(2 if len(tasks) <= FEW else 4, len(tasks))
    rows = -(-len(tasks) // columns)
    figure = style.figure(1.2 + 1.6 * rows)
    places = list(figure.subplots(rows, columns, squeeze=False, sharey=True).flat)
    for axes in places[len(tasks) :]:
        axes.set_axis_off()
    panels = dict(zip(tasks, places, strict=False))
    for task, axes in panels.items():
        axes.set_title(task, loc="left")
    return figure, panels
