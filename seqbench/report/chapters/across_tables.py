"""The tables of the chapter across tasks: a row per cell, a row per remedy."""

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.methods.statistics import Interval
from seqbench.analysis.runs import PLAIN, preferred
from seqbench.analysis.tidy import Tables
from seqbench.report.chapter import Entry, Table, columns, entry, named
from seqbench.report.numbers import NOTHING, interval, number

MEAN, MIDDLE = "mean over runs [95 % interval over seeds]", "mean of the middle half of runs"
RANK, GROUP = "by test skill, 1 is best", "those that share a letter cannot be told apart"
CELL_HEADS = {
    "Cell": "name in the matrix",
    "Skill": MEAN,
    "Interquartile mean": MIDDLE,
    "Mean rank": RANK,
    "Group": GROUP,
    f"Better than {PLAIN}": "probability that a run of it is, on the same task",
}
REMEDY_HEADS = {
    "Remedy": "name in the matrix",
    f"Skill, {PLAIN}": MEAN,
    f"Better than none, {PLAIN}": "probability that a run with it is, on the same task",
    "Skill, all cells": MEAN,
    "Mean rank": RANK,
    "Group": GROUP,
    "Better than none": "probability that a run with it is, on the same task and cell",
}
NOTE = (
    "Only what ran on every task takes part, so that all means are over the same runs; intervals "
    "are over seeds, with the tasks as they are."
)


def of_kind(tables: Tables, name: str, kind: str) -> pd.DataFrame:
    """The rows of a derived table that the chapter speaks of."""
    frame = preferred(tables.derived[name])
    return frame[frame["kind"].eq(kind)]


def row_of(frame: pd.DataFrame, key: object) -> pd.Series:
    """The row with this key in the index."""
    return frame[frame.index == key].iloc[0]


def around(row: pd.Series, name: str) -> str:
    """A number with the interval that stands beside it."""
    return interval(Interval(row[name], row[f"{name}_low"], row[f"{name}_high"]))


def _skill(frame: pd.DataFrame, name: str, of: str = "mean") -> Entry:
    if name not in frame.index:
        return entry(NOTHING)
    return entry(around(row_of(frame, name), of), frame.at[name, of])


def _rank(frame: pd.DataFrame, name: str) -> list[Entry]:
    if name not in frame.index:
        return [entry(NOTHING), [NOTHING, ""]]
    row = row_of(frame, name)
    return [entry(number(row["rank"], 1), row["rank"]), [str(row["group"])] * 2]


def _better(frame: pd.DataFrame, name: str, versus: str) -> Entry:
    rows = frame[frame["name"].eq(name) & frame["versus"].eq(versus)]
    if rows.empty:
        return entry(NOTHING)
    row = rows.iloc[0]
    return entry(interval(Interval(row.probability, row.low, row.high)), row.probability)


def cell_table(tables: Tables) -> Table:
    """A row per cell without a remedy."""
    means, places, chances = (
        of_kind(tables, name, "cell") for name in ("averages", "ranks", "improvement")
    )
    means, places = means.set_index("name"), places.set_index("name")
    rows = [
        [
            named(name),
            _skill(means, name),
            _skill(means, name, "iqm"),
            *_rank(places, name),
            _better(chances, name, PLAIN),
        ]
        for name in order.cells(means.index)
    ]
    title = "Cells without a remedy, over all tasks that every one ran on"
    heads = columns(CELL_HEADS)
    return {"name": "across_cells", "title": title, "columns": heads, "rows": rows, "note": NOTE}


def remedy_table(tables: Tables) -> Table:
    """A row per remedy."""
    plain, every = (
        of_kind(tables, "averages", kind).set_index("name") for kind in ("plain", "remedy")
    )
    places = of_kind(tables, "ranks", "remedy").set_index("name")
    on_plain, on_every = (of_kind(tables, "improvement", kind) for kind in ("plain", "remedy"))
    rows = [
        [
            named(name),
            _skill(plain, name),
            _better(on_plain, name, "none"),
            _skill(every, name),
            *_rank(places, name),
            _better(on_every, name, "none"),
        ]
        for name in order.remedies(tables.trials)
        if name in plain.index or name in every.index
    ]
    title = "Remedies, over all tasks and cells that every one ran on"
    heads = columns(REMEDY_HEADS)
    return {"name": "across_remedies", "title": title, "columns": heads, "rows": rows, "note": NOTE}
