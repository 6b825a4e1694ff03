"""The chapter on what a cell could learn but did not: known weights and theorems beside trials."""

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.tidy import Tables
from seqbench.report.bibliography import entries, labeled
from seqbench.report.chapter import Chapter, chapter
from seqbench.report.numbers import count, listed, named, plural
from seqbench.report.table import Column, Entry, Table, entry, tabulate
from seqbench.report.table import named as as_code

ORDER = 35
TITLE = "Could, but did not learn"
SHORT = "Could"
INTRO = (
    "What a cell can express and what it learns are two questions. Certified: weights are known "
    "with which one layer of the cell, of no more units than here, passes the task's mark at 25 "
    "times its default length; `python -m seqbench certify` evaluates them again. Learned: a "
    "trained trial, whatever its remedy, learning rate and seed, passes the mark in its own test, "
    "at its own length, which says nothing of longer sequences. Impossible: no weights do it at "
    "every length, under the theorem's conditions; at one length a network may still be right."
)
STATUSES = (
    "certified, learned", "certified, not learned", "learned only", "impossible", "neither yet",
)  # fmt: skip
NOTE = "Entries are explained above; empty: not run."


def gather(tables: Tables) -> Chapter:
    """The chapter of these tables; nothing where no certificate and no theorem speaks of a task."""
    frame = tables.derived["certified"]
    if frame.empty:
        return chapter([])
    forbidden = frame[
        frame["theorem"].ne("") & frame["status"].isin(["impossible", "learned only"])
    ]
    words = [_counts(frame), _missed(frame), *_forbidden(forbidden), _lucky(forbidden)]
    keys = dict.fromkeys(key for text in forbidden["sources"] for key in text.split(", ") if key)
    return chapter(words, [table(frame)], sources=keys)


def _counts(frame: pd.DataFrame) -> str:
    found = frame["status"].value_counts()
    parts = [f"{count(found[status])} {status}" for status in STATUSES if status in found]
    return f"Of {plural(len(frame), 'pair')} of cell and task: {'; '.join(parts)}."


def _missed(frame: pd.DataFrame) -> str:
    rows = frame[frame["status"].eq("certified, not learned")]
    parts = [
        f"on `{task}` {named([*own['cell']])}" for task, own in rows.groupby("task", sort=False)
    ]
    return f"Could, but did not learn: {'; '.join(parts)}." if parts else ""


def _forbidden(rows: pd.DataFrame) -> list[str]:
    """A sentence per theorem: what it says, and of which pairs."""
    said, known = [], entries()
    for _, own in rows.groupby("theorem", sort=False):
        one = own.iloc[0]
        source = (
            labeled(one["sources"], known).replace(", ", " and ") or "proved with the certificates"
        )
        conditions = "" if one["conditions"] == "none" else f"; {one['conditions']}"
        pairs = [
            f"{named([*cells['cell']])} on `{task}`"
            for task, cells in own.groupby("task", sort=False)
        ]
        words = one["statement"].removesuffix(".")
        said.append(f"{words} ({source}{conditions}): {'; '.join(pairs)}.")
    return said


def _lucky(rows: pd.DataFrame) -> str:
    pairs = [f"`{row.cell}` on `{row.task}`" for row in rows.itertuples() if row.solved]
    if not pairs:
        return ""
    return f"Learned at its length, though no weights do it at every length: {listed(pairs)}."


def table(frame: pd.DataFrame) -> Table:
    """A row per cell, a column per task."""
    keys = zip(frame["cell"], frame["task"], strict=True)
    status = dict(zip(keys, frame["status"], strict=True))

    def column(task: str) -> Column[str]:
        return Column(task, "name in the matrix", lambda cell: _entry(status.get((cell, task))))

    columns: list[Column[str]] = [Column("Cell", "name in the matrix", as_code)]
    columns += map(column, dict.fromkeys(frame["task"]))
    return tabulate("certified", TITLE, columns, order.cells(frame["cell"]), NOTE)


def _entry(status: str | None) -> Entry:
    return entry(status or "", STATUSES.index(status) if status else None)
