"""profiles.csv: the share of runs above every skill, for cells and for remedies.

One number per cell hides whether it is always middling or sometimes perfect; the profile shows the
whole distribution. Where one curve lies above another everywhere, it is better at every standard.

Source: agarwal2021
"""

import numpy as np
import pandas as pd

from seqbench.analysis import runs
from seqbench.analysis.methods.strata import shares
from seqbench.analysis.tidy import Tables

# name: (dtype, meaning)
COLUMNS = {
    "kind": ("str", runs.KIND),
    "tasks": ("str", runs.TASKS),
    "name": ("str", "cell or remedy"),
    "tau": ("float64", "a test skill"),
    "share": ("float64", "share of runs (strata x seeds) with a skill above tau"),
    "low": ("float64", "95 % score interval over seeds, within strata"),
    "high": ("float64", "95 % score interval over seeds, within strata"),
}
TAUS = np.linspace(-0.2, 1, 61)


def make(tables: Tables) -> pd.DataFrame:
    """The derived table, sorted by kind, tasks, name and tau."""
    parts = []
    for of in runs.gather(tables.tuned):
        for name, skill in zip(of.names, of.skill, strict=True):
            hits = (skill > TAUS[:, None, None] + 1e-12).sum(-1)  # (tau, strata)
            found = shares(hits, skill.shape[-1])
            columns = {"tau": TAUS.round(9), "share": found.estimate}
            columns |= {"low": found.low, "high": found.high}
            parts.append(pd.DataFrame({"kind": of.kind, "tasks": of.tasks, "name": name} | columns))
    types = {name: kind for name, (kind, _) in COLUMNS.items()}
    frame = pd.concat([runs.table([], COLUMNS), *parts]).astype(types)
    return frame.sort_values(["kind", "tasks", "name", "tau"], ignore_index=True)
