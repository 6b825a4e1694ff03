"""The tables of the chapter on solving and tuning."""

import pandas as pd

from seqbench.analysis import order, tolerance
from seqbench.analysis.methods.statistics import Interval
from seqbench.analysis.runs import PLAIN, preferred
from seqbench.analysis.tidy import Tables
from seqbench.report.chapter import Entry, Table, columns, entry, named
from seqbench.report.chapters.across_tables import row_of
from seqbench.report.numbers import NOTHING, count, exists, interval, percent, short

TRIES = (1, 2, 4, 8)
HEADS = {
    "Solved": "seeds whose validation met the pass mark at the chosen learning rate, of all",
    "Tolerance": "share of all (learning rate, seed) trials solved on test [95 % Wilson interval, "
    "which takes them as independent]",
    "Sooner or later": "log-rank test of updates until solved, stratified by task: p after Holm",
}
BEST_OF = "expected test skill of the best of so many random settings, by validation"
STEP_HEADS = {
    "Task": "name in the matrix",
    "Cell": "name in the matrix",
    "Remedy": "name in the matrix",
    "Solved": "seeds whose validation met the pass mark, of all",
    "Median updates": "until half of the seeds had solved it [95 % interval]; …: not in the budget",
}
NOTE = "Trials that never solve the task count as not yet (Kaplan and Meier), none is left out."


def together(tables: Tables, kind: str) -> pd.DataFrame:
    """The rows of survival.csv over all tasks whose answer lies in the past, else over all."""
    frame = tables.derived["survival"]
    frame = frame[frame["kind"].eq(kind)]
    past = frame[frame["task"].eq("*past")]
    return past if len(past) else frame[frame["task"].eq("*")]


def around(row: pd.Series) -> str:
    """An expected skill with its interval."""
    return interval(Interval(row.skill, row.low, row.high))


def updates(row: pd.Series) -> str:
    """450 [250, 550]; … where it is beyond the budget."""
    if not exists(row["median"]):
        return f"… [{count(row.low)}, …]" if exists(row.low) else "…"
    return (
        f"{count(row['median'])} [{count(row.low)}, {count(row.high) if exists(row.high) else '…'}]"
    )


def tasks(tables: Tables) -> list[str]:
    """Those whose answer lies in the past; without any, all."""
    past = tables.trials[order.needs_past(tables.trials)]
    return order.tasks(past if len(past) else tables.trials)


def table(tables: Tables, kind: str) -> Table:
    """A row per cell without a remedy, or per remedy on the plain network."""
    frame = together(tables, kind).set_index("name")
    tolerated = tolerance.pooled(tables, kind, tasks(tables))
    budget = preferred(tables.derived["budget"])
    budget = budget[budget["kind"].eq(kind)]
    tried = [k for k in TRIES if budget["k"].eq(k).any()]
    names = order.cells(tolerated) if kind == "cell" else order.remedies(tables.trials)
    rows = [
        [
            named(name),
            *_solved(frame, name),
            entry(interval(tolerated[name], percent), tolerated[name].mean),
            *[_best_of(budget, name, k) for k in tried],
        ]
        for name in names
        if name in tolerated
    ]
    what = "Cells without a remedy" if kind == "cell" else f"Remedies on `{PLAIN}`"
    solved, share, test = HEADS
    heads = {what.split()[0].rstrip("s"): "name in the matrix"}
    if kind == "plain":
        heads = {"Remedy": "name in the matrix"}
    heads |= {key: HEADS[key] for key in (solved, test, share)}
    heads |= {f"Best of {k}": BEST_OF for k in tried}
    return {
        "name": f"tuning_{'cells' if kind == 'cell' else 'remedies'}",
        "title": f"{what}: solved, and what tuning buys",
        "columns": columns(heads),
        "rows": rows,
        "note": "",
    }


def _solved(frame: pd.DataFrame, name: str) -> list[Entry]:
    if name not in frame.index:
        return [entry(NOTHING), entry(NOTHING)]
    row = row_of(frame, name)
    solved = entry(f"{int(row.solved)} of {int(row.n)}", row.solved / row.n)
    return [solved, entry(short(row.p_holm), row.p_holm)]


def _best_of(budget: pd.DataFrame, name: str, k: int) -> Entry:
    rows = budget[budget["name"].eq(name) & budget["k"].eq(k)]
    return entry(around(rows.iloc[0]), rows.iloc[0].skill) if len(rows) else entry(NOTHING)


def steps(tables: Tables) -> Table:
    """Median updates of everything of which at least one seed solved the task."""
    frame = tables.derived["survival"]
    frame = frame[frame["task"].isin(tasks(tables)) & (frame["solved"] > 0)]
    frame = frame[frame["kind"].eq("cell") | frame["name"].ne("none")]
    place = {task: i for i, task in enumerate(tasks(tables))}
    frame = frame.assign(place=frame["task"].map(place)).sort_values(
        ["place", "kind", "median", "name"], kind="stable"
    )
    rows = [
        [
            named(row["task"]),
            named(row["name"] if row["kind"] == "cell" else PLAIN),
            named("none" if row["kind"] == "cell" else row["name"]),
            entry(f"{int(row.solved)} of {int(row.n)}", row.solved / row.n),
            entry(updates(row), row["median"]),
        ]
        for _, row in frame.iterrows()
    ]
    title = f"Updates until solved: cells without a remedy, and remedies on `{PLAIN}`"
    heads = columns(STEP_HEADS)
    return {
        "name": "updates_to_solve",
        "title": title,
        "columns": heads,
        "rows": rows,
        "note": NOTE,
    }
