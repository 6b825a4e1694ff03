"""The tables of scores: one long table per task, its best rows, and a grid for the printed page."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.leaders import Leader
from seqbench.analysis.methods.statistics import Interval
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

More = Mapping[tuple[str, str], Mapping[str, Interval]]
Grid = dict[str, object]
GRID = 10  # cells beside each other on a printed page

SHORT = {"not_applicable": "n/a", "failed": "failed", "timeout": "timeout"}
HOLES = {"not_applicable": "does not apply", "failed": "failed", "timeout": "ran out of time"}


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
    setting: str
    learning_rate: float
    settings: int
    search_seeds: int
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

    task: str
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
    rows = [Row(*row) for row in frame.itertuples(index=False)]
    return Ranked(task, rows, cells, remedies)


def _around(row: Row, name: str) -> Interval:
    """A number with the interval that stands beside it."""
    return Interval(*(getattr(row, f"{name}{end}") for end in ("", "_low", "_high")))


def skill(row: Row) -> str:
    """Skill with its interval, or the word for the hole."""
    if row.status != "ok":
        return HOLES.get(str(row.status), str(row.status))
    return interval(_around(row, "skill"))


def solved(row: Row) -> str:
    """3 of 5, without a share of so few."""
    return NOTHING if pd.isna(row.n) else f"{count(row.solved)} of {count(row.n)}"


def _diverged(row: Row) -> Entry:
    return quantity(row.diverged if row.status == "ok" else None, count)


SOLVED: Column[Row] = Column(
    "Solved",
    "seeds that met the pass mark, of all seeds at the chosen learning rate",
    lambda row: entry(solved(row), row.solved / row.n if row.status == "ok" else None),
)
TOLERANCE: Column[Row] = Column(
    "Tolerance",
    "share of all (learning rate, seed) trials that solved the task",
    lambda row: quantity(row.tolerance, percent),
)
COLUMNS: list[Column[Row]] = [
    Column("Cell", "the recurrent equation", lambda row: named(row.cell)),
    Column("Remedy", "what was done against vanishing or exploding gradients",
           lambda row: named(row.remedy)),
    Column("Skill", "test skill at the chosen learning rate, 0 chance, 1 perfect: mean [95 % "
           "interval]", lambda row: entry(skill(row), row.skill)),
    Column("Score", "the same in the unit of the task's metric",
           lambda row: estimate(_around(row, "score"), short)),
    SOLVED,
    TOLERANCE,
    Column("Against none", "skill minus that of the same cell without a remedy, paired by seed",
           lambda row: estimate(_around(row, "difference"), signed)),
    Column("Verdict", "sign-flip test of it, with Holm's correction over all remedies on that cell",
           lambda row: [row.verdict or NOTHING, str(row.verdict)]),
    Column("Rate", "the learning rate, chosen on validation",
           lambda row: quantity(row.learning_rate, short)),
    Column("Diverged", "trials whose loss or gradient stopped being finite, at all learning rates",
           _diverged),
    Column("Largest norm", "largest gradient norm before the remedy changed it",
           lambda row: quantity(row.grad_norm_max, short)),
    Column("Seconds", "wall time per trial, mean",
           lambda row: quantity(row.wall_seconds, lambda x: number(x, 1))),
]  # fmt: skip
VALUES: Column[Row] = Column(
    "Values",
    "values of the remedy's knobs that are tuned, chosen on validation",
    lambda row: [row.setting or NOTHING, row.setting],
)
RATE = [column.label for column in COLUMNS].index("Rate")
SCORE = 1 + [column.label for column in COLUMNS].index("Score")  # other metrics stand after it


def full(of: Ranked, more: More = {}) -> Table:  # noqa: B006
    """Every combination of one task. more: other metrics of the test, by cell and remedy."""
    names = sorted({name for own in more.values() for name in own})
    tuned = [VALUES] if any(row.setting for row in of.rows) else []
    columns = [*COLUMNS[:SCORE], *[_other(name, more) for name in names], *COLUMNS[SCORE:RATE]]
    columns += [*tuned, *COLUMNS[RATE:]]
    title = f"`{of.task}`: all combinations of cell and remedy"
    return tabulate(of.task, title, columns, of.rows, chosen_by(of.rows))


def chosen_by(rows: list[Row]) -> str:
    """How many settings and search seeds chose what is scored; "" where its own seeds did."""
    ran = [row for row in rows if row.status == "ok" and row.search_seeds]
    if not ran:
        return ""
    settings, chose, scored = (
        " to ".join(dict.fromkeys((count(min(numbers)), count(max(numbers)))))
        for numbers in zip(*((row.settings, row.search_seeds, row.n) for row in ran), strict=True)
    )
    return (
        f"Each score is that of {scored} fresh seeds at the setting with the best mean validation "
        f"score of {chose} search seeds, among {settings} settings (a learning rate and, where a "
        "remedy's knobs are tuned, their values). Tolerance is over the search."
    )


def _other(name: str, more: More) -> Column[Row]:
    def value(row: Row) -> Entry:
        known = more.get((row.cell, row.remedy), {}).get(name)
        return estimate(known, short) if known else entry(NOTHING)

    meaning = "another metric of the test, at the chosen learning rate: mean [95 % interval]"
    return Column(metric(name), meaning, value)


class Best(NamedTuple):
    """A cell without a remedy, and with the one that has the best validation score."""

    cell: str
    plain: Row | None
    top: Row | None


def _skill(row: Row | None, otherwise: str) -> Entry:
    return entry(skill(row), row.skill) if row else entry(otherwise)


def _of_top(column: Column[Row]) -> Column[Best]:
    return Column(
        column.label,
        column.help,
        lambda best: column.entry(best.top) if best.top else entry(NOTHING),
    )


BEST: list[Column[Best]] = [
    Column("Cell", "the recurrent equation", lambda best: named(best.cell)),
    Column("Skill without remedy", "test skill of the cell alone: mean [95 % interval]",
           lambda best: _skill(best.plain, "not run")),
    Column("Best remedy", "chosen by its mean validation score, not by the test skill beside it",
           lambda best: named(best.top.remedy) if best.top else entry(NOTHING)),
    Column("Skill with it", "test skill of the cell with that remedy: mean [95 % interval]",
           lambda best: _skill(best.top, NOTHING)),
    _of_top(SOLVED),
    _of_top(TOLERANCE),
]  # fmt: skip


def best(of: Ranked, leader: Leader | None) -> Table:
    """Per cell: alone, and with the remedy that has the best validation score."""
    cells = groupby(of.rows, key=lambda row: row.cell)
    rows = [_best(cell, list(rows), leader) for cell, rows in cells]
    return tabulate(f"{of.task}-best", f"`{of.task}`: the best of each cell", BEST, rows)


def _best(cell: str, rows: list[Row], leader: Leader | None) -> Best:
    plain = next((row for row in rows if row.remedy == "none"), None)
    ran = {row.remedy: row for row in rows if row.status == "ok"}
    top = ran[leader.remedy_of(cell, ran)] if ran and leader else None
    return Best(cell, plain, top)


def grids(of: Ranked) -> list[Grid]:
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
