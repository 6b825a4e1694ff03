"""estimators.csv: what estimates the gradient or cuts its way, in every cell, at one lag.

Beside bias, spread and cost at initialization stands what training found: the mean test skill over
the tasks on which all rows of the cell ran that were trained at all, so that they can be compared.
These are telling tasks; where the run has none, all of its tasks.
"""

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.columns import typed
from seqbench.analysis.tidy import Tables

# name: (dtype, meaning)
COLUMNS = {
    "cell": ("str", "name in the matrix"),
    "remedy": ("str", "name in the matrix; none: back-propagation through time"),
    "acts_at": ("str", "verbs of the remedy, joined by +"),
    "hidden": ("Int64", "units of every state"),
    "lag": ("Int64", "steps from the first input to the loss"),
    "pairs": ("Int64", "draws of weights, inputs and direction of the loss"),
    "draws": ("Int64", "estimates for each of them; 1: nothing is drawn"),
    "bias": ("float64", "|mean of the draws - exact| / |exact|, root mean square over pairs"),
    "bias_error": ("float64", "standard error of bias"),
    "spread": ("float64", "root of the total variance of the draws / |exact|, likewise"),
    "cosine": ("float64", "of an estimate and the exact gradient, mean"),
    "kept": ("float64", "numbers that it has to keep per sequence, by formula"),
    "seconds": ("float64", "processor time per gradient of one sequence"),
    "verdict": (
        "str",
        "exact; no bias found: no more than two standard errors of it; biased: more, or no draws",
    ),
    "skill": ("float64", "test skill that training found, mean over tasks; empty: not trained"),
    "tasks": ("Int64", "tasks on which all rows of the cell that were trained ran"),
}
MADE_FROM = ("estimates", "estimate_costs", "trials", "summary")
APART = True
LAG = 8
EXACT = 1e-5  # relative to the gradient: rounding and no more
ERRORS = 2  # standard errors within which no bias is found
PLACE = ["cell", "remedy"]


def make(tables: Tables) -> pd.DataFrame:
    """A row per cell and remedy, cells and remedies in reading order."""
    found = tables.estimates[tables.estimates["lag"].eq(LAG)]
    found = found.merge(tables.estimate_costs, on=[*PLACE, "lag"], how="left")
    found = found.assign(verdict=[_verdict(*row) for row in _judged(found)])
    found = found.merge(_skills(tables, found[PLACE]), on=PLACE, how="left")
    cells = {name: k for k, name in enumerate(order.cells(found["cell"]))}
    remedies = {name: k for k, name in enumerate(order.remedies(found))}
    ranked = found.assign(
        _cell=found["cell"].map(cells), _remedy=found["remedy"].map(remedies)
    ).sort_values(["_cell", "_remedy"], ignore_index=True)
    return typed(ranked[list(COLUMNS)], COLUMNS)


def _judged(found: pd.DataFrame) -> list[list[float]]:
    rows: list[list[float]] = found[["bias", "bias_error", "spread"]].to_numpy("float64").tolist()
    return rows


def _verdict(bias: float, error: float, spread: float) -> str:
    if max(bias, spread) <= EXACT:
        return "exact"
    return "no bias found" if bias <= ERRORS * error else "biased"


def _skills(tables: Tables, wanted: pd.DataFrame) -> pd.DataFrame:
    """cell, remedy, skill, tasks: of those that were trained."""
    summary = tables.summary
    if tables.tells(summary).any():
        summary = summary[tables.tells(summary)]
    ran = summary[summary["status"].eq("ok")].merge(wanted, on=PLACE)
    parts = []
    for cell, own in ran.groupby("cell"):
        wide = own.pivot(index="task", columns="remedy", values="skill").dropna()
        if len(wide):
            means = wide.mean().rename("skill").reset_index()
            parts.append(means.assign(cell=cell, tasks=len(wide)))
    types = {name: COLUMNS[name] for name in (*PLACE, "skill", "tasks")}
    return typed(pd.concat(parts) if parts else pd.DataFrame(columns=list(types)), types)
