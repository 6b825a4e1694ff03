"""The tables of the chapter on solving and tuning."""

from typing import NamedTuple

import pandas as pd

from seqbench.analysis import order, tolerance
from seqbench.analysis.methods.statistics import Interval
from seqbench.analysis.runs import preferred
from seqbench.analysis.tidy import Tables
from seqbench.report.numbers import NOTHING, count, exists, percent, short
from seqbench.report.table import (
    Column,
    Entry,
    Table,
    entry,
    estimate,
    named,
    quantity,
    tabulate,
)

TRIES = (1, 2, 4, 8)
STEPS_NOTE = (
    "Trials that never solve the task are censored, not left out (Kaplan and Meier). … means later "
    "than the budget."
)
NOTE = (
    "Best of k: expected test skill of the best of k random settings, chosen by validation. A "
    "setting is a learning rate, where they are tuned values of the remedy's knobs, and, where "
    "a cell stands in the matrix several times (`cell@label`), one of these: they count in the row "
    "of the cell itself."
)


class Tuned(NamedTuple):
    """What is known of a cell without a remedy, or of a remedy on the baseline."""

    name: str
    solved: pd.Series | None  # its row of survival.csv over all tasks
    tolerance: Interval
    best_of: dict[int, Interval]  # expected test skill by number of random settings


def together(tables: Tables, kind: str) -> pd.DataFrame:
    """The rows of survival.csv over all telling tasks, else over all."""
    frame = tables.derived["survival"]
    frame = frame[frame["kind"].eq(kind)]
    telling = frame[frame["task"].eq("*telling")]
    return telling if len(telling) else frame[frame["task"].eq("*")]


def best_of(tables: Tables, kind: str) -> dict[str, dict[int, Interval]]:
    """Expected test skill of the best of k random settings, by name and k."""
    frame = preferred(tables.derived["budget"])
    frame = frame[frame["kind"].eq(kind) & frame["k"].isin(TRIES)]
    skills: dict[str, dict[int, Interval]] = {}
    for _, row in frame.iterrows():
        interval = Interval(row.skill, row.low, row.high)
        skills.setdefault(row["name"], {})[int(row.k)] = interval
    return skills


def updates(row: pd.Series) -> str:
    """450 [250, 550]; … where it is beyond the budget."""
    low, high = (count(row[end]) if exists(row[end]) else "…" for end in ("low", "high"))
    if not exists(row["median"]):
        return f"… [{low}, …]" if exists(row.low) else "…"
    return f"{count(row['median'])} [{low}, {high}]"


def tasks(tables: Tables) -> list[str]:
    """The telling ones; without any, all."""
    telling = tables.trials[tables.tells(tables.trials)]
    return order.tasks(telling if len(telling) else tables.trials)


def _solved(row: pd.Series | None) -> Entry:
    if row is None:
        return entry(NOTHING)
    return entry(f"{int(row.solved)} of {int(row.n)}", row.solved / row.n)


def _best_of(k: int) -> Column[Tuned]:
    meaning = (
        f"expected test skill of the best of {k} random settings, chosen by validation"
        if k > 1
        else "expected test skill of one random setting"
    )
    return Column(
        f"Best of {k}",
        meaning,
        lambda row: estimate(row.best_of[k]) if k in row.best_of else entry(NOTHING),
    )


def table(tables: Tables, kind: str) -> Table:
    """A row per cell without a remedy, or per remedy on the baseline."""
    solved, skills = together(tables, kind).set_index("name"), best_of(tables, kind)
    tolerated = tolerance.pooled(tables, kind, tasks(tables))
    names = order.cells(tolerated) if kind == "cell" else order.remedies(tables.trials)
    rows = [
        Tuned(
            name,
            solved[solved.index == name].iloc[0] if name in solved.index else None,
            tolerated[name],
            skills.get(name, {}),
        )
        for name in names
        if name in tolerated
    ]
    columns = [
        Column[Tuned]("Cell" if kind == "cell" else "Remedy", "name in the matrix",
                      lambda row: named(row.name)),
        Column("Solved", "seeds whose validation met the pass mark at the chosen learning rate, of "
               "all", lambda row: _solved(row.solved)),
        Column("p (log-rank)", "log-rank test of updates until solved, stratified by task (labels "
               "of one are taken as independent): p after Holm's correction",
               lambda row: quantity(None if row.solved is None else row.solved.p_holm, short)),
        Column("Tolerance", "share of all (learning rate, seed) trials solved on test [95 % Wilson "
               "interval, which takes them as independent]",
               lambda row: estimate(row.tolerance, percent)),
        *[_best_of(k) for k in TRIES if any(k in tried for tried in skills.values())],
    ]  # fmt: skip
    what = "Cells without a remedy" if kind == "cell" else f"Remedies on `{tables.baseline}`"
    name = f"tuning_{'cells' if kind == 'cell' else 'remedies'}"
    return tabulate(name, f"{what}: solved, and what tuning gains", columns, rows, NOTE)


def _step_columns(baseline: str) -> list[Column[pd.Series]]:
    return [
    Column("Task", "name in the matrix", lambda row: named(row["task"])),
    Column("Cell", "name in the matrix",
           lambda row: named(row["name"] if row["kind"] == "cell" else baseline)),
    Column("Remedy", "name in the matrix",
           lambda row: named("none" if row["kind"] == "cell" else row["name"])),
    Column("Solved", "seeds whose validation met the pass mark, of all", _solved),
    Column("Median updates", "until half of the seeds have solved it [95 % interval]; …: not "
           "within the budget", lambda row: entry(updates(row), row["median"])),
    ]  # fmt: skip


def steps(tables: Tables) -> Table:
    """Median updates of everything of which at least one seed solved the task."""
    frame = tables.derived["survival"]
    frame = frame[frame["task"].isin(tasks(tables)) & (frame["solved"] > 0)]
    frame = frame[frame["kind"].eq("cell") | frame["name"].ne("none")]
    place = {task: i for i, task in enumerate(tasks(tables))}
    frame = frame.assign(place=frame["task"].map(place)).sort_values(
        ["place", "kind", "median", "name"], kind="stable"
    )
    title = f"Updates until solved: cells without a remedy, and remedies on `{tables.baseline}`"
    rows = (row for _, row in frame.iterrows())
    return tabulate("updates_to_solve", title, _step_columns(tables.baseline), rows, STEPS_NOTE)
