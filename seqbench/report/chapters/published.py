"""The chapter of published results: ours beside them, and the sizes and budgets that differ.

Published values are what a task's file says of them; everything said of ours is computed.
"""

from typing import NamedTuple

import pandas as pd

from seqbench import registry
from seqbench.analysis import order, other_metrics
from seqbench.analysis.leaders import Leader
from seqbench.analysis.leaders import leader as leader_of
from seqbench.analysis.other_metrics import Values
from seqbench.analysis.tidy import Tables
from seqbench.errors import InputError
from seqbench.report import facts
from seqbench.report.bibliography import entries, labeled
from seqbench.report.chapter import Chapter, chapter
from seqbench.report.numbers import count, exists, listed, plural, short, valued
from seqbench.report.table import Column, named, tabulate, word

ORDER = 70
TITLE = "Beside published results"
SHORT = "Published"
INTRO = (
    "A mark says how we know a published score: [C] read on a page, [R] read in a repository's "
    "README, [B] second-hand, [M] from memory. Ours is the combination of cell and remedy with the "
    "best validation score: its mean test score over seeds with its 95 % interval, at the chosen "
    "learning rate. Before comparing, look at sizes, budgets and test sets."
)
NOTE = (
    'Chance and pass mark refer to the whole test set; where "tested on" names fewer sequences or '
    "steps, only these were scored."
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
]


def gather(tables: Tables) -> Chapter:
    """The chapter of these tables; nothing where no task has published results."""
    metrics, rows = other_metrics.gather(tables), []
    for task in order.tasks(tables.trials):
        leader = leader_of(tables, task)
        others = metrics.get((task, leader.cell, leader.remedy), {}) if leader else {}
        rows.append(row(tables, task, leader, others))
    known = [row for row in rows if row]
    return chapter([], [tabulate("published", "Ours and published", COLUMNS, known, NOTE)])


def row(tables: Tables, task: str, leader: Leader | None, others: Values) -> Row | None:
    """The row of a task; None where its file says nothing of published results."""
    try:
        card = registry.describe("tasks", task)
    except InputError:
        return None
    if not card.published:
        return None
    published = labeled(card.published, entries()).removeprefix("Published").lstrip(",: ")
    published = published[:1].upper() + published[1:]
    if leader is None:
        return Row(task, "not run", "", published)
    values = {leader.trials["metric"].iloc[0]: leader.score} | others
    scores = "; ".join(valued(name, value) for name, value in values.items())
    ours = f"{scores}: `{leader.cell}` with `{leader.remedy}`"
    knobs = facts.settings(tables.trials, "tasks", task)
    defaults = {name: knob.default for name, knob in card.knobs.items()}
    window = (defaults | knobs).get("window")
    return Row(task, ours, setting(leader.trials, window, knobs), published)


def setting(trials: pd.DataFrame, window: object, knobs: dict[str, object]) -> str:
    """Size, budget, data and knobs of the trials of one combination, in words."""
    one = trials.iloc[0]
    layers = int(one["layers"]) if exists(one["layers"]) else 1
    ways = (
        ", half of them backwards"
        if pd.notna(one["bidirectional"]) and one["bidirectional"]
        else ""
    )
    size = f"{plural(int(one['hidden']), 'hidden unit')}" + (
        f" in each of {layers} layers" if layers > 1 else ""
    )
    rate, n = one["dropout"], one["test_n"]
    dropout = f", dropout {short(rate)}" if exists(rate) and rate else ""
    tested = plural(int(n), "step" if window else "sequence") if exists(n) else ""
    parts = [
        f"{size}{ways}{dropout}",
        f"{count(one['parameters'])} weights",
        f"{count(one['state_numbers'])} state numbers",
        budget(trials, window),
        f"tested on {tested}" if tested else "",
        plural(int(trials["seed"].nunique()), "seed"),
        listed([f"{name} = {value}" for name, value in knobs.items()], 99),
    ]
    return "; ".join(filter(None, parts))


def budget(trials: pd.DataFrame, window: object) -> str:
    """How much was seen in training, and how often that is the training set."""
    one, done = trials.iloc[0], trials["stopped_at"].dropna()
    train_n = one["train_n"]
    if pd.isna(one["learning_rate"]):
        return f"readout solved in closed form{_of(train_n, window)}"
    if done.empty:
        return ""
    low, high = int(done.min()), int(done.max())
    batch = int(one["batch"])
    if not window and exists(train_n):  # a batch holds no sequence twice
        batch = min(batch, int(train_n))
    seen = high * batch * (int(window) if isinstance(window, int) else 1)
    updates = f"{low:,} to {high:,}" if low < high else f"{high:,}"
    what = f"windows of {window} steps" if window else "sequences"
    text = f"{updates} updates of {batch:,} {what}: "
    text += f"{'at most ' if low < high else ''}{seen:,} {'steps' if window else 'sequences'} seen"
    if exists(train_n):
        text += f", {short(seen / train_n)} times the {count(train_n)} of the training set"
    return text


def _of(n: object, window: object) -> str:
    return f" from {count(n)} {'steps' if window else 'sequences'}" if exists(n) else ""
