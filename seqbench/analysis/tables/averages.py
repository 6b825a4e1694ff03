"""averages.csv: mean and interquartile mean of cells and of remedies, over the same runs.

A mean may be moved by one task that went very badly; the interquartile mean leaves out the best and
the worst quarter of runs. Confidence intervals are over seeds, with the tasks as they are; what
has a seed's draws in common is no evidence many times over (`runs.by_draw`).

Source: agarwal2021
"""

import pandas as pd

from seqbench.analysis import runs
from seqbench.analysis.methods.statistics import Floats, Interval, capped
from seqbench.analysis.methods.strata import interquartile_mean, pooled
from seqbench.analysis.tidy import Tables

# name: (dtype, meaning)
COLUMNS = {
    "kind": ("str", runs.KIND),
    "tasks": ("str", runs.TASKS),
    "name": ("str", "cell or remedy"),
    "strata": ("Int64", "tasks, or (task, cell) pairs, on which all of the names ran"),
    "seeds": ("Int64", "seeds in each of them"),
    "mean": ("float64", "test skill, mean over all runs"),
    "mean_low": ("float64", "95 % t interval over seeds, within tasks"),
    "mean_high": ("float64", "95 % t interval over seeds, within tasks"),
    "iqm": ("float64", "test skill, mean of the middle half of all runs"),
    "iqm_low": ("float64", "95 % t interval over seeds, winsorized, within tasks"),
    "iqm_high": ("float64", "95 % t interval over seeds, winsorized, within tasks"),
}
MADE_FROM = ("trials",)
APART = True


def make(tables: Tables) -> pd.DataFrame:
    """A row per kind, scope and name, sorted by these."""
    rows = [
        (
            of.kind,
            of.tasks,
            name,
            *skill.shape,
            *capped(pooled(of.independent(redrawn)), most=1),
            *capped(_middle(of, skill, redrawn), most=1),
        )
        for of in runs.gather(tables)
        for name, skill, redrawn in zip(of.names, of.skill, of.redrawn, strict=True)
    ]
    frame = runs.table(rows, COLUMNS)
    return frame.sort_values(["kind", "tasks", "name"], ignore_index=True)


def _middle(of: runs.Runs, skill: Floats, redrawn: Floats) -> Interval:
    """Of the runs as they were, as wide around it as that of the redrawn ones."""
    middle, around = interquartile_mean(skill).mean, interquartile_mean(redrawn, of.independent)
    return Interval(middle, *(limit - around.mean + middle for limit in around[1:]))
