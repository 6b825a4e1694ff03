"""extrapolation.csv: length extrapolation, trials that solve their training length on longer ones.

Of the trials of a search that solve the length they were trained on (at the learning rate chosen
on validation), at whatever length that was: the share that still solves the task at `factor` times
it, by the pass mark there. Trials at several lengths count together and as independent.
"""

import numpy as np
import pandas as pd

from seqbench.analysis.choose import GROUP
from seqbench.analysis.columns import typed
from seqbench.analysis.methods.statistics import wilson
from seqbench.analysis.tidy import Tables

# name: (dtype, meaning)
COLUMNS = {
    "task": ("str", "name under reach in the matrix"),
    "cell": ("str", "name in the matrix"),
    "remedy": ("str", "name in the matrix"),
    "factor": ("float64", "test length over training length; 1: the ordinary test"),
    "n": ("Int64", "trials that solve their training length"),
    "solved": ("Int64", "those of them that solve `factor` times that length"),
    "share": ("float64", "solved / n"),
    "low": ("float64", "95 % Wilson interval of the share"),
    "high": ("float64", "95 % Wilson interval of the share"),
    "skill": ("float64", "test skill (0 chance, 1 perfect), mean; without a score: 0"),
    "shortest": ("Int64", "shortest lag in their training"),
    "longest": ("Int64", "longest lag in their training"),
}
MADE_FROM = ("reach",)
TRIAL = [*GROUP, "length", "seed"]


def make(tables: Tables) -> pd.DataFrame:
    """A row per (task, cell, remedy, factor) that was tested, sorted by these."""
    return extrapolate(tables.reach)


def extrapolate(reach: pd.DataFrame) -> pd.DataFrame:
    """The table described by COLUMNS, sorted by task, cell, remedy and factor.

    Empty where no search was asked for further tests.
    """
    rows = reach[reach["chosen"].fillna(False).astype(bool)]
    rows = rows.assign(solved=rows["solved"].astype("boolean").fillna(False).astype(bool))
    good = rows[rows["factor"].eq(1) & rows["solved"]][TRIAL]
    further = rows[rows["factor"].ne(1)][TRIAL].drop_duplicates()
    mine = rows.merge(good, on=TRIAL).merge(further, on=TRIAL)
    skill = mine["test_skill"].astype("float64")
    mine = mine.assign(skill=skill.where(np.isfinite(skill), 0.0))
    made = (
        mine.groupby([*GROUP, "factor"])
        .agg(
            n=("solved", "size"),
            solved=("solved", "sum"),
            skill=("skill", "mean"),
            shortest=("lag", "min"),
            longest=("lag", "max"),
        )
        .reset_index()
    )
    limits = [wilson(k, n) for k, n in made[["solved", "n"]].to_numpy("int64")]
    parts = pd.DataFrame(limits, columns=["share", "low", "high"], dtype=float)
    return typed(made.join(parts), COLUMNS)
