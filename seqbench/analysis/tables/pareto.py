"""pareto.csv: skill against cost, and the Pareto fronts.

On the front is a combination if no other has at least its skill at its cost or less, one of the two
strictly better. Only combinations that ran on every task are compared, and of these such as have
learned something: nothing is cheapest of all to have.
"""

import numpy as np
import pandas as pd

from seqbench.analysis import runs
from seqbench.analysis.choose import GROUP
from seqbench.analysis.columns import typed
from seqbench.analysis.methods.statistics import Floats
from seqbench.analysis.tidy import Tables

# name: (dtype, meaning)
COLUMNS = {
    "tasks": ("str", runs.TASKS),
    "cell": ("str", "name in the matrix"),
    "remedy": ("str", "name in the matrix"),
    "on": ("Int64", "tasks it ran on"),
    "of": ("Int64", "tasks there are"),
    "skill": ("float64", "test skill at the chosen learning rates, mean over tasks"),
    "state_numbers": (
        "float64",
        "numbers carried from one step to the next, for one sequence, mean over tasks",
    ),
    "parameters": ("float64", "weights of cell and readout, mean over tasks"),
    "trained": ("float64", "of these, weights that training changes, mean over tasks"),
    "seconds": ("float64", "wall time per trial, mean over tasks"),
    "bytes": ("float64", "the least memory that training takes (memory_bytes), mean over tasks"),
    "peak_bytes": ("float64", "largest memory of the jobs it was trained in, mean over tasks"),
    "front_trained": ("boolean", "on the Pareto front of skill and trained weights"),
    "front_seconds": ("boolean", "on the Pareto front of skill and seconds"),
    "front_bytes": ("boolean", "on the Pareto front of skill and bytes"),
}
MADE_FROM = ("trials", "summary", "costs")
APART = True
COSTS = ("trained", "seconds", "bytes")
SHOWN = ("state_numbers", "parameters", "peak_bytes")
LEARNED = 0.05  # skill; what has less is on no front
ALIKE = 1.02  # costs that differ by less are one cost


def make(tables: Tables) -> pd.DataFrame:
    """A row per scope, cell and remedy, sorted by these."""
    ran = tables.summary[tables.summary["status"].eq("ok")]
    peak = tables.costs.groupby(["task", "cell"])["peak_bytes"].max()
    columns = ["state_numbers", "parameters", "trained", "memory_bytes", "wall_seconds"]
    frame = ran[[*GROUP, "skill", *columns]].merge(
        peak, left_on=["task", "cell"], right_index=True, how="left"
    )
    frame = frame.rename(columns={"wall_seconds": "seconds", "memory_bytes": "bytes"})
    frame = frame.astype(dict.fromkeys((*COSTS, *SHOWN), "float64"))
    parts = [runs.table([], COLUMNS)]
    for tasks, scope in runs.scopes(tables, frame):
        by = scope.groupby(["cell", "remedy"])
        part = by[["skill", *COSTS, *SHOWN]].mean().join(by.size().rename("on")).reset_index()
        part = part.assign(tasks=tasks, of=scope["task"].nunique())
        whole = part["on"].eq(part["of"])
        for cost in COSTS:
            price = part[cost].where(whole & part["skill"].ge(LEARNED)).to_numpy(np.float64)
            part[f"front_{cost}"] = front(price, part["skill"].to_numpy(np.float64))
        parts.append(part)
    return pd.concat([typed(part, COLUMNS) for part in parts], ignore_index=True)


def differs(cost: "pd.Series[float]") -> bool:
    """Whether there is a choice to make: combinations of different cost."""
    known = cost[cost > 0]
    return bool(len(known)) and float(known.max()) > ALIKE * float(known.min())


def front(cost: Floats, skill: Floats) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Whether each point (n,) is on the Pareto front; what is not finite is not."""
    known = np.isfinite(cost) & np.isfinite(skill)
    order = np.lexsort((-skill, cost))
    order = order[known[order]]
    best = np.maximum.accumulate(np.append(-np.inf, skill[order]))[:-1]
    on_front = np.zeros(len(cost), bool)
    on_front[order[skill[order] > best]] = True
    return on_front
