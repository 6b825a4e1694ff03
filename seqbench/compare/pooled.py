"""The differences of two runs over many combinations: all of them, by task, cell and remedy.

With few seeds no single combination can show a change, but a change that runs through a task, a
cell or a remedy can. What is counted is the mean of each (task, cell), because the seeds and
remedies of one are alike: t interval and t test, because a sign-flip test of so few means cannot
pass Holm's correction over all rows.
"""

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd
from scipy import stats

from seqbench.analysis.choose import GROUP
from seqbench.analysis.methods.statistics import ALPHA, Floats, holm, mean_interval
from seqbench.compare.scores import Differences

FEWEST = 3  # (task, cell) of which a test says anything

# name: (dtype, meaning)
COLUMNS = {
    "over": ("str", "all, task, cell or remedy"),
    "name": ("str", "of the task, cell or remedy"),
    "combinations": ("Int64", "(task, cell, remedy) of the same settings with a score in both"),
    "n": ("Int64", "(task, cell) among them"),
    "difference": ("float64", "test skill, new minus old: mean over (task, cell)"),
    "low": ("float64", "95 % t interval"),
    "high": ("float64", "95 % t interval"),
    "p": ("float64", "two-sided"),
    "p_holm": ("float64", "p, corrected for all rows (Holm)"),
    "verdict": ("str", "better, worse, no difference shown, too few"),
}


def pool(scores: pd.DataFrame, differences: Differences) -> pd.DataFrame:
    """The table of COLUMNS, the smallest p first."""
    used = scores[scores["settings"].eq("") & scores["difference"].notna()]
    keys = [tuple(row) for row in used[GROUP].to_numpy()]
    frame = pd.DataFrame(keys, columns=GROUP, dtype="str")
    frame["mean"] = [float(differences[key].mean()) for key in keys]
    rows = [_row("all", "", frame)] if len(frame) else []
    for over in GROUP:
        rows += [_row(over, str(name), own) for name, own in frame.groupby(over)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["p_holm"] = holm(table["p"].to_numpy("float64"))
    table["verdict"] = [_verdict(row) for row in table.to_dict("records")]
    table = table.astype({name: kind for name, (kind, _) in COLUMNS.items()})
    return table.sort_values(["p_holm", "p", "over", "name"]).reset_index(drop=True)


def _row(over: str, name: str, own: pd.DataFrame) -> dict[str, object]:
    clusters = own.groupby(["task", "cell"])["mean"].mean().to_numpy("float64")
    around = mean_interval(clusters)
    return {
        "over": over,
        "name": name,
        "combinations": len(own),
        "n": len(clusters),
        "difference": around.mean,
        "low": around.low,
        "high": around.high,
        "p": _p(clusters),
    }


def _p(values: Floats) -> float:
    """Of the t test; the same change everywhere is none by chance, no change anywhere is none."""
    if np.ptp(values) == 0:
        return float(not values.any()) if values.size >= FEWEST else np.nan
    return float(stats.ttest_1samp(values, 0.0).pvalue) if values.size >= FEWEST else np.nan


def _verdict(row: Mapping[Hashable, object]) -> str:
    difference, p = (float(str(row[name])) for name in ("difference", "p_holm"))
    if np.isnan(p):
        return "too few"
    if p >= ALPHA:
        return "no difference shown"
    return "better" if difference > 0 else "worse"
