"""The chapter of published results: ours beside them, and the sizes and budgets that differ.

Published values are what a task's file says of them; everything said of ours is computed.
"""

from typing import NamedTuple

import pandas as pd

from seqbench import registry
from seqbench.analysis import order
from seqbench.analysis.tidy import Tables
from seqbench.errors import InputError
from seqbench.report import facts
from seqbench.report.bibliography import entries, labeled
from seqbench.report.chapter import Chapter, chapter
from seqbench.report.numbers import count, exists, listed, plural, short
from seqbench.report.table import Column, named, tabulate, word
from seqbench.report.task_pages import measures
from seqbench.report.task_pages.measures import Leader, Values, told

ORDER = 70
TITLE = "Beside published results"
SHORT = "Published"
INTRO = (
    "Marks: [C] read on a page, [R] in a repository's README, [B] second-hand, [M] from memory. "
    "Ours is the combination of cell and remedy with the best validation score, tuned, as a mean "
    "over seeds with its 95 % interval. Look at sizes, budgets and test parts before comparing."
)
NOTE = (
    'Chance and pass mark are those of the whole test part; where "tested on" names '
    "less, only that many were scored."
)


class Row(NamedTuple):
    """A task with published results, in words."""

    task: str
    ours: str
    setting: str
    published: str


COLUMNS: list[Column[Row]] = [
    Column("Task", "name in the matrix", lambda row: named(row.task)),
    Column("Ours, in the test", "score and other metrics", lambda row: word(row.ours)),
    Column("Size and budget of ours", "as the trials recorded them", lambda row: word(row.setting)),
    Column("Published", "score, setting and source", lambda row: word(row.published)),
]  # fmt: skip


def gather(tables: Tables) -> Chapter:
    """The chapter of these tables; nothing where no task has published results."""
    more, rows = measures.gather(tables), []
    for task in order.tasks(tables.trials):
        leader = measures.leader(tables, task)
        values = more.get((task, leader.cell, leader.remedy), {}) if leader else {}
        rows.append(row(tables, task, leader, values))
    known = [row for row in rows if row]
    return chapter([], [tabulate("published", "Ours and published", COLUMNS, known, NOTE)])


def row(tables: Tables, task: str, leader: Leader | None, more: Values) -> Row | None:
    """The row of a task; None where its file says nothing of published results."""
    try:
        card = registry.card("tasks", task)
    except InputError:
        return None
    if not card.published:
        return None
    text = labeled(card.published, entries()).removeprefix("Published").lstrip(",: ")
    text = text[:1].upper() + text[1:]
    if leader is None:
        return Row(task, "not run", "", text)
    score = told(leader.trials.metric.iloc[0], leader.score)
    others = "".join(f"; {told(name, value)}" for name, value in more.items())
    ours = f"{score}{others}: `{leader.cell}` with `{leader.remedy}`"
    knobs = facts.settings(tables.trials, "tasks", task)
    defaults = {name: knob.default for name, knob in card.knobs.items()}
    window = (defaults | knobs).get("window") if card.facts.get("carries") else None
    return Row(task, ours, setting(leader.trials, window, knobs), text)


def setting(trials: pd.DataFrame, window: object, knobs: dict[str, object]) -> str:
    """Size, budget, data and knobs of the trials of one combination, in words."""
    one = trials.iloc[0]
    layers = int(one.layers) if exists(one.layers) else 1
    ways = ", half of them backwards" if pd.notna(one.bidirectional) and one.bidirectional else ""
    size = f"{plural(int(one.hidden), 'hidden unit')}" + (
        f" in each of {layers} layers" if layers > 1 else ""
    )
    dropout = f", dropout {short(one.dropout)}" if exists(one.dropout) and one.dropout else ""
    tested = plural(int(one.test_n), "step" if window else "sequence") if exists(one.test_n) else ""
    parts = [
        f"{size}{ways}{dropout}",
        f"{count(one.parameters)} weights",
        budget(trials, window),
        f"tested on {tested}" if tested else "",
        plural(int(trials.seed.nunique()), "seed"),
        listed([f"{name} = {value}" for name, value in knobs.items()], 99),
    ]
    return "; ".join(filter(None, parts))


def budget(trials: pd.DataFrame, window: object) -> str:
    """How much was seen in training, and how often that is the training set."""
    one, done = trials.iloc[0], trials.stopped_at.dropna()
    if pd.isna(one.learning_rate):
        return f"readout solved in closed form{_of(one.train_n, window)}"
    if done.empty:
        return ""
    low, high = int(done.min()), int(done.max())
    batch = int(one.batch)
    if not window and exists(one.train_n):  # a batch holds no sequence twice
        batch = min(batch, int(one.train_n))
    seen = high * batch * (int(window) if isinstance(window, int) else 1)
    updates = f"{low:,} to {high:,}" if low < high else f"{high:,}"
    what = f"windows of {window} steps" if window else "sequences"
    text = f"{updates} updates of {batch:,} {what}: "
    text += f"{'at most ' if low < high else ''}{seen:,} {'steps' if window else 'sequences'} seen"
    if exists(one.train_n):
        text += f", {short(seen / one.train_n)} times the {count(one.train_n)} for training"
    return text


def _of(n: object, window: object) -> str:
    return f" from {count(n)} {'steps' if window else 'sequences'}" if exists(n) else ""
