"""Learning curves in small multiples: one panel per task, one line per cell or remedy."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.panels import by_task

SERIES = ["cell", "remedy", "seed"]
FLOOR, CEILING = -0.15, 1.1  # skill shown; a curve that leaves is cut at the frame


def skill_curves(tables: Tables, **wanted: str | Collection[str]) -> pd.DataFrame:
    """Validation skill over updates: task, cell, remedy, seed, step, skill.

    A trial that stopped early keeps its last value until the longest trial of its task ends:
    its weights do not change any more.
    """
    curves = tables.curves.where(split="valid", quantity="skill", **wanted)
    chosen = tables.at_chosen_rate(curves).dropna(subset="value")
    filled = [_filled(group).assign(task=task) for task, group in chosen.groupby("task")]
    columns = ["task", *SERIES, "step", "skill"]
    return pd.concat(filled)[columns] if filled else pd.DataFrame(columns=columns)


def _filled(chosen: pd.DataFrame) -> pd.DataFrame:
    """One task's curves on all its steps (N of them), one below the other."""
    series = chosen.groupby(SERIES)
    names = series[SERIES].first().reset_index(drop=True)
    columns = series.ngroup().to_numpy()
    rows, steps = pd.factorize(chosen["step"], sort=True)
    values = np.full((len(steps), len(names)), np.nan)
    values[rows, columns] = chosen["value"]
    skill = pd.DataFrame(values).ffill().to_numpy().T.ravel()
    made = names.loc[names.index.repeat(len(steps))].reset_index(drop=True)
    return made.assign(step=np.tile(np.asarray(steps), len(names)), skill=skill)


def passing_skill(trials: pd.DataFrame) -> pd.Series:
    """The pass mark of every task as skill."""
    facts = trials.dropna(subset=["pass_mark"]).groupby("task")[["chance", "pass_mark", "perfect"]]
    first = facts.first()
    return (first["pass_mark"] - first["chance"]) / (first["perfect"] - first["chance"])


def reference(tables: Tables, cell: str | None = None) -> dict[str, float]:
    """The test skill of the best reference arm by task: of a cell, or of the best cell."""
    rows = tables.bought if cell is None else tables.bought[tables.bought["cell"].eq(cell)]
    best = rows.astype({"reference_skill": "float64"}).groupby("task")["reference_skill"].max()
    return {str(task): float(skill) for task, skill in best.items()}


def multiples(
    frame: pd.DataFrame, tables: Tables, hue: str, references: dict[str, float]
) -> Figure:
    """A panel per task: the median over seeds strong, every seed faint.

    references: the skill of the best reference arm, by task.
    """
    trials = tables.trials
    frame, looks = style.gathered(frame, hue, "skill", trials)
    marks = passing_skill(trials)
    figure, panels = by_task(frame, trials)
    for task, axes in panels.items():
        group = frame[frame["task"] == task]
        style.medians(axes, group.astype({"step": "float64"}), "step", "skill", hue, looks)
        style.level(axes, 0, "chance", (1, 2))
        if task in references:
            style.level(axes, references[task], "reference", (2, 1, 1, 1))
        if task in marks.index:
            style.level(axes, float(marks[task]), "pass", (4, 2))
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        axes.set(ylim=(FLOOR, CEILING), xlabel="", ylabel="")
    figure.supxlabel("updates", fontsize=8)
    figure.supylabel("validation skill (0 chance, 1 perfect)", fontsize=8)
    style.legend(figure, looks, frame[hue])
    return figure
