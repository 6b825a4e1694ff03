"""The order in which a reader meets tasks, cells and remedies, the same in every table and figure.

Cells go from no memory to most, remedies from `none` through the verbs in the order of training to
compositions, tasks from the control without time to the longest lag. Nothing is listed by name
that a new file could add to: families are read from what the variants say of themselves.
"""

from collections.abc import Iterable

import pandas as pd

from seqbench import registry
from seqbench.errors import InputError

CELL_FAMILIES = {
    "control": "without memory",
    "output": "loop from the output",
    "simple": "simple recurrence",
    "gru": "GRU and its relatives",
    "lstm": "LSTM and its variations",
    "dynamical": "dynamical systems",
    "state_space": "state space models",
    "linear_attention": "linear attention, delta rule",
}
REMEDY_FAMILIES = {
    "": "no remedy",
    "initialize": "at initialization",
    "reparametrize": "parametrization",
    "feed": "on the input",
    "carry": "between steps",
    "penalize": "in the loss",
    "estimate": "in place of the way back",
    "transform": "on the gradient",
    "project": "on the weights",
    "solve": "closed form",
    "combined": "several of these",
}
BETWEEN = {"advance": "carry"}  # both act between one step and the next


def cell_family(cell: str) -> str:
    """A key of CELL_FAMILIES, from the literals in the cell's source."""
    try:
        facts = registry.describe("cells", cell).facts
    except InputError:  # a result of a cell that is not installed here still has its place
        return "simple"
    if not facts.get("remembers"):
        return "control"
    family = "output" if facts.get("reads_output") else str(facts.get("family"))
    return family if family in CELL_FAMILIES else "simple"


def remedy_families(frame: pd.DataFrame) -> dict[str, str]:
    """A key of REMEDY_FAMILIES for every remedy. Needs the columns remedy and acts_at.

    One remedy of several verbs belongs to the last of them: what begins orthogonal and is kept so
    after every update acts on the weights.
    """
    families = dict.fromkeys(frame["remedy"].unique(), "")
    for remedy, acts_at in frame[["remedy", "acts_at"]].drop_duplicates().to_numpy():
        if acts_at:  # rows of failed jobs may not know it
            last = [verb for verb in acts_at.split("+") if verb != "remember"][-1]
            families[remedy] = "combined" if "+" in remedy else BETWEEN.get(last, last)
    return families


def told_lag(remedy: str) -> bool:
    """Whether a part of a remedy is told the lag by a knob, from the literals in its source."""
    try:
        parts = [registry.describe("remedies", part) for part in registry.parts(remedy)]
    except InputError:  # of a run elsewhere
        return False
    return any(part.facts.get("told_lag") for part in parts)


def distinct(names: Iterable[str]) -> set[str]:
    """A set of them; a long column is not looked through row by row."""
    return set(names.unique() if isinstance(names, pd.Series) else names)


def cells(names: Iterable[str]) -> list[str]:
    """Distinct cells in reading order."""
    families = list(CELL_FAMILIES)
    return sorted(distinct(names), key=lambda name: (families.index(cell_family(name)), name))


def remedies(frame: pd.DataFrame) -> list[str]:
    """Distinct remedies in reading order. Needs the columns remedy and acts_at."""
    ranks, families = list(REMEDY_FAMILIES), remedy_families(frame)
    return sorted(families, key=lambda r: (r != "none", ranks.index(families[r]), r))


def tasks(frame: pd.DataFrame) -> list[str]:
    """Distinct tasks in reading order. Needs the columns task, lag and io_shape."""
    key = frame.assign(
        timeless=frame["io_shape"].eq("one_to_one"), lag=frame["lag"].astype("float64")
    )
    key = key.sort_values(["lag", "task"], na_position="last").drop_duplicates("task")
    control, timed = key[key["timeless"]], key[~key["timeless"]]
    return [*timed["task"], *control["task"]]


def needs_past(frame: pd.DataFrame) -> pd.Series:
    """Whether the task's answer lies in the past, and nowhere else. Needs the column past_only."""
    return frame["past_only"].astype("boolean").fillna(False).astype(bool)
