"""certified.csv: what a cell could learn, by known weights, beside what it did learn.

A row per (task, cell) of which certificates or theorems speak (`seqbench.certificates`). Learned
means that a trained trial passes the task's mark in its own test, whatever its remedy, learning
rate and seed; it says nothing of longer sequences.
"""

import json

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.columns import typed
from seqbench.analysis.trials import Trials
from seqbench.certificates.standing import Pair
from seqbench.errors import InputError

# name: (dtype, meaning)
COLUMNS = {
    "task": ("str", "name in the matrix"),
    "cell": ("str", "name in the matrix"),
    "status": (
        "str",
        "certified, learned; certified, not learned; learned only; impossible; neither yet",
    ),
    "solved": ("Int64", "trained trials that pass the task's mark in their test"),
    "trials": ("Int64", "trained trials"),
    "hidden": ("Int64", "units of the largest of them"),
    "units": ("Int64", "units of the certificate; empty: there is none for so many units or fewer"),
    "how": ("str", "how the certificate works"),
    "theorem": ("str", "that says that it is impossible; empty: none"),
    "statement": ("str", "of the theorem"),
    "conditions": ("str", "of the theorem"),
    "sources": ("str", "of the theorem, by key; empty: its proof stands with it"),
}  # fmt: skip
MADE_FROM = ("trials",)


def make(tables: Trials) -> pd.DataFrame:
    """The table, by task and cell in the order of the report."""
    trials, rows = tables.trials, list[dict[str, object]]()
    trained = trials[trials["hidden"].notna() & trials["status"].ne("not_applicable")]
    for task in order.tasks(trained):
        own = trained[trained["task"].eq(task)]
        rows += [_row(own[own["cell"].eq(cell)]) for cell in order.cells(own["cell"])]
    return typed(pd.DataFrame([row for row in rows if row], columns=list(COLUMNS)), COLUMNS)


def _row(own: pd.DataFrame) -> dict[str, object]:
    """The row of the trials of one task and cell; {} where nothing speaks of them."""
    one, knobs = own.iloc[0], json.loads(own["knobs"].iloc[0] or "{}")
    pair = Pair(
        one["task"], one["cell"], int(own["hidden"].max()),
        knobs.get("task", {}), knobs.get("cell", {}),
        int(own["layers"].fillna(1).max()), bool(own["bidirectional"].fillna(False).any()),
    )  # fmt: skip
    try:
        if not pair.spoken_of:
            return {}
    except InputError:  # of another version or package
        return {}
    solved = int(own["solved"].astype("boolean").fillna(False).sum())
    known, against = pair.certificate(), pair.theorem()
    return {
        "task": pair.task, "cell": pair.cell, "status": pair.status(solved > 0),
        "solved": solved, "trials": len(own), "hidden": pair.units,
        "units": known.units if known else None, "how": known.how if known else "",
        "theorem": against[0] if against else "",
        "statement": against[1].statement if against else "",
        "conditions": against[1].conditions if against else "",
        "sources": ", ".join(against[1].sources) if against else "",
    }  # fmt: skip
