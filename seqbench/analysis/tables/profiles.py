"""profiles.csv: performance profiles, the share of runs above every skill.

One number per cell hides whether it is always middling or sometimes perfect; the profile shows the
whole distribution. A curve that lies above another everywhere is stochastically dominant: its runs
are better at every standard.

Source: agarwal2021
"""

import numpy as np
import pandas as pd

from seqbench.analysis import runs
from seqbench.analysis.columns import typed
from seqbench.analysis.methods.strata import shares
from seqbench.analysis.tidy import Tables

# name: (dtype, meaning)
COLUMNS = {
    "kind": ("str", runs.KIND),
    "tasks": ("str", runs.TASKS),
    "name": ("str", "cell or remedy"),
    "tau": ("float64", "a level of test skill"),
    "share": ("float64", "share of runs (strata x seeds) with a skill above tau"),
    "low": ("float64", "95 % score interval over seeds, within tasks"),
    "high": ("float64", "95 % score interval over seeds, within tasks"),
}
MADE_FROM = ("trials",)
APART = True
TAUS = np.linspace(-0.2, 1, 61)


def make(tables: Tables) -> pd.DataFrame:
    """A row per kind, scope, name and tau, sorted by these."""
    parts = []
    for of in runs.gather(tables):
        for name, skill in zip(of.names, of.skill, strict=True):
            hits = np.where(skill > TAUS[:, None, None] + 1e-12, 1.0, 0.0)  # (tau, strata, seed)
            share = shares(hits, of.independent)
            columns = {"tau": TAUS.round(9), "share": share.estimate}
            columns |= {"low": share.low, "high": share.high}
            parts.append(pd.DataFrame({"kind": of.kind, "tasks": of.tasks, "name": name} | columns))
    frame = typed(pd.concat([runs.table([], COLUMNS), *parts]), COLUMNS)
    return frame.sort_values(["kind", "tasks", "name", "tau"], ignore_index=True)
