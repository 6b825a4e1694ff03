"""The tables of scores: one long table per task, its best rows, and a grid for the printed page.

Entries are those of `seqbench.report.chapter`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.leaders import Leader
from seqbench.analysis.methods.statistics import Interval
from seqbench.report.chapter import Entry, entry, named
from seqbench.report.numbers import (
    NOTHING,
    count,
    interval,
    metric,
    number,
    percent,
    short,
    signed,
)

Table = dict[str, object]
More = Mapping[tuple[str, str], Mapping[str, Interval]]
GRID = 10  # cells beside each other on a printed page

SHORT = {"not_applicable": "n/a", "failed": "failed", "timeout": "timeout"}
HOLES = {"not_applicable": "does not apply", "failed": "failed", "timeout": "ran out of time"}
COLUMNS = {
    "Cell": "the recurrent equation",
    "Remedy": "what was done against vanishing or exploding gradients",
    "Skill": "test skill at the chosen learning rate, 0 chance, 1 perfect: mean [95 % interval]",
    "Score": "the same in the unit of the task's metric",
    "Solved": "seeds that met the pass mark, of all seeds at the chosen learning rate",
    "Tolerance": "share of all (learning rate, seed) trials that solved the task",
    "Against none": "skill minus that of the same cell without a remedy, paired by seed",
    "Verdict": "sign-flip test of it, Holm's correction over the remedies on that task and cell",
    "Rate": "the learning rate, chosen on validation",
    "Diverged": "trials whose loss or gradient stopped being finite, over all learning rates",
    "Largest norm": "largest gradient norm before the remedy changed it",
    "Seconds": "wall time per trial, mean",
}
BEST = "chosen by its mean validation score, not by the test skill beside it"
OTHER = "another metric of the test, at the chosen learning rate: mean [95 % interval]"


class Row(NamedTuple):
    """What the tables here need of a row of the summary, and of its comparison to `none`."""

    cell: str
    remedy: str
    status: str
    n: int
    skill: float
    skill_low: float
    skill_high: float
    score: float
    score_low: float
    score_high: float
    solved: int
    tolerance: float
    learning_rate: float
    diverged: int
    grad_norm_max: float
    wall_seconds: float
    difference: float
    difference_low: float
    difference_high: float
    verdict: str


@dataclass(frozen=True)
class Ranked:
    """Summary and comparisons of one task, in reading order."""

    rows: list[Row]
    cells: list[str]
    remedies: list[str]


def ranked(summary: pd.DataFrame, comparisons: pd.DataFrame, task: str) -> Ranked:
    """The rows of one task, each with its comparison to `none`."""
    own = summary[summary["task"].eq(task)]
    key = ["task", "cell", "remedy"]
    columns = [*key, "difference", "difference_low", "difference_high", "verdict"]
    frame = own.merge(comparisons[columns], on=key, how="left").fillna({"verdict": ""})
    cells, remedies = order.cells(own["cell"]), order.remedies(own)
    place = frame["cell"].map(cells.index) * len(remedies) + frame["remedy"].map(remedies.index)
    frame = frame.iloc[place.argsort(kind="stable")][list(Row._fields)]
    return Ranked([Row(*row) for row in frame.itertuples(index=False)], cells, remedies)


def skill(row: Row) -> str:
    """Skill with its interval, or the word for the hole."""
    if row.status != "ok":
        return HOLES.get(str(row.status), str(row.status))
    return interval(Interval(row.skill, row.skill_low, row.skill_high))


def difference(row: Row) -> str:
    """Difference to `none` with its interval."""
    low, high = row.difference_low, row.difference_high
    return interval(Interval(row.difference, low, high), signed)


def solved(row: Row) -> str:
    """3 of 5, without a share of so few."""
    return NOTHING if pd.isna(row.n) else f"{count(row.solved)} of {count(row.n)}"


def _row(row: Row) -> list[Entry]:
    ran = row.status == "ok"
    return [
        named(row.cell),
        named(row.remedy),
        entry(skill(row), row.skill),
        entry(interval(Interval(row.score, row.score_low, row.score_high), short), row.score),
        entry(solved(row), row.solved / row.n if ran else None),
        entry(percent(row.tolerance), row.tolerance),
        entry(difference(row), row.difference),
        [row.verdict or NOTHING, str(row.verdict)],
        entry(short(row.learning_rate), row.learning_rate),
        entry(count(row.diverged) if ran else NOTHING, row.diverged if ran else None),
        entry(short(row.grad_norm_max), row.grad_norm_max),
        entry(number(row.wall_seconds, 1), row.wall_seconds),
    ]


def full(of: Ranked, more: More = {}) -> Table:  # noqa: B006
    """Every combination of one task. more: other metrics of the test, by cell and remedy."""
    names = sorted({name for own in more.values() for name in own})
    after = list(COLUMNS).index("Score") + 1
    heads, rows = _columns(*COLUMNS), [_row(row) for row in of.rows]
    heads[after:after] = [{"label": metric(name), "help": OTHER} for name in names]
    for row, entries in zip(of.rows, rows, strict=True):
        own = more.get((row.cell, row.remedy), {})
        entries[after:after] = [_other(own.get(name)) for name in names]
    return {"columns": heads, "rows": rows}


def _other(value: Interval | None) -> Entry:
    return entry(interval(value, short), value.mean) if value else entry(NOTHING)


def _columns(*names: str) -> list[dict[str, str]]:
    return [{"label": name, "help": COLUMNS.get(name, "")} for name in names]


def best(of: Ranked, leader: Leader | None) -> Table:
    """Per cell: without a remedy, and with the one that has the best validation score."""
    names = ("Cell", "Skill without remedy", "Best remedy", "Skill with it", "Solved", "Tolerance")
    cells = groupby(of.rows, key=lambda row: row.cell)
    heads = _columns(*names)
    heads[names.index("Best remedy")]["help"] = BEST
    return {"columns": heads, "rows": [_best(cell, list(own), leader) for cell, own in cells]}


def _best(cell: str, own: list[Row], leader: Leader | None) -> list[Entry]:
    plain = [entry(skill(row), row.skill) for row in own if row.remedy == "none"]
    ran = {row.remedy: row for row in own if row.status == "ok"}
    start: list[Entry] = [named(cell), *(plain or [entry("not run")])]
    if not ran or leader is None:
        return [*start, *[entry(NOTHING)] * 4]
    top = ran[leader.remedy_of(cell, ran)]
    tail = [named(top.remedy), entry(skill(top), top.skill)]
    return [*start, *tail, entry(solved(top)), entry(percent(top.tolerance), top.tolerance)]


def grids(of: Ranked) -> list[Table]:
    """Remedies down, cells across; more than GRID cells are split evenly."""
    rows = {(row.cell, row.remedy): row for row in of.rows}
    pieces = -(-len(of.cells) // GRID)
    wide = -(-len(of.cells) // max(1, pieces))
    parts = [of.cells[i : i + wide] for i in range(0, len(of.cells), max(1, wide))]
    return [{"cells": part, "rows": _grid_rows(rows, part, of.remedies)} for part in parts]


def _grid_rows(
    rows: dict[tuple[str, str], Row], cells: list[str], remedies: list[str]
) -> list[dict[str, object]]:
    return [
        {"remedy": remedy, "entries": [_square(rows.get((cell, remedy))) for cell in cells]}
        for remedy in remedies
    ]


def _square(row: Row | None) -> list[str]:
    """Two lines: skill; solved seeds and tolerance. A hole has one."""
    if row is None:
        return [NOTHING, ""]
    if row.status != "ok":
        return [SHORT.get(str(row.status), str(row.status)), ""]
    return [skill(row), f"{count(row.solved)}/{count(row.n)}, {percent(row.tolerance)}"]
