"""sensitivity.csv: learning-rate sensitivity, skill and success at every learning rate tried.

The tuned score says how good a combination can be; this says how much luck or tuning that takes.
Where a search chose, these are its trials; what was scored with other seeds is not among them.
"""

import numpy as np
import pandas as pd

from seqbench.analysis.choose import GROUP
from seqbench.analysis.columns import typed
from seqbench.analysis.methods.statistics import mean_intervals, wilsons
from seqbench.analysis.tidy import Tables

# name: (dtype, meaning)
COLUMNS = {
    "task": ("str", "name in the matrix"),
    "cell": ("str", "name in the matrix"),
    "remedy": ("str", "name in the matrix"),
    "setting": ("str", "values of the remedy's knobs of which several were tried; else empty"),
    "learning_rate": ("float64", "step size; empty for closed form"),
    "chosen": ("boolean", "the setting and learning rate chosen on validation"),
    "n": ("Int64", "seeds"),
    "skill": ("float64", "test skill, mean over seeds"),
    "skill_low": ("float64", "95 % t interval over seeds"),
    "skill_high": ("float64", "95 % t interval over seeds"),
    "lost": ("float64", "skill at what was chosen minus this one"),
    "solved": ("Int64", "seeds that met the pass mark on test"),
    "share": ("float64", "solved / n"),
    "share_low": ("float64", "95 % Wilson interval"),
    "share_high": ("float64", "95 % Wilson interval"),
}
MADE_FROM = ("trials",)
KEY = [*GROUP, "setting", "learning_rate"]


def make(tables: Tables) -> pd.DataFrame:
    """A row per task, cell, remedy, setting and learning rate, sorted by these."""
    by = tables.searched.groupby(KEY, dropna=False, sort=True)
    frame = by.agg(
        n=("solved", "size"),
        skill=("redrawn_skill", "mean"),
        deviation=("redrawn_skill", "std"),
        solved=("solved", "sum"),
    ).reset_index()
    best = tables.tuned.groupby(GROUP).agg(
        rate=("learning_rate", "first"), best=("setting", "first")
    )
    frame = frame.merge(best, left_on=GROUP, right_index=True, how="left")
    same = frame["learning_rate"].eq(frame["rate"])
    same |= frame["learning_rate"].isna() & frame["rate"].isna()
    frame["chosen"] = same & frame["setting"].eq(frame["best"])
    top = frame[frame["chosen"]].set_index(GROUP)["skill"].rename("top")
    frame = frame.merge(top, left_on=GROUP, right_index=True, how="left")
    frame["lost"] = frame["top"] - frame["skill"]
    n, solved = (frame[name].to_numpy(np.float64) for name in ("n", "solved"))
    skill, deviation = (frame[name].to_numpy(np.float64) for name in ("skill", "deviation"))
    frame["skill_low"], frame["skill_high"] = mean_intervals(skill, deviation, n)
    frame["share"], frame["share_low"], frame["share_high"] = wilsons(solved, n)
    return typed(frame, COLUMNS)
