"""The tables of the chapter across tasks: a row per cell, a row per remedy."""

from collections.abc import Hashable

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.methods.statistics import Interval
from seqbench.analysis.runs import preferred
from seqbench.analysis.tidy import Tables
from seqbench.report.numbers import NOTHING, count, number, short, signed
from seqbench.report.table import Column, Entry, Table, estimate, named, quantity, tabulate, word

Row = dict[Hashable, object]
MEAN, MIDDLE = "mean over runs [95 % interval over seeds]", "mean of the middle half of runs"
RANK = "by test skill, 1 is best"
GROUP = "names that share a letter do not differ significantly (Nemenyi's test)"
NOTE = (
    "Only what ran on every task is included, so that all means are over the same runs; intervals "
    "are over seeds, for these tasks. A group is a letter; names that share one do not differ "
    "significantly (Nemenyi's test)."
)


def of_kind(tables: Tables, name: str, kind: str) -> pd.DataFrame:
    """The rows of a derived table that the chapter speaks of."""
    frame = preferred(tables.derived[name])
    return frame[frame["kind"].eq(kind)]


def spread(row: Row, name: str) -> Interval:
    """A number with the interval that stands beside it."""
    return Interval(*(row[column] for column in (name, f"{name}_low", f"{name}_high")))  # type: ignore[arg-type]


def measured(tables: Tables, kind: str, versus: str) -> pd.DataFrame:
    """Means, ranks and probabilities of improvement over `versus`, by name."""
    means, ranks, better = (
        of_kind(tables, name, kind).set_index("name")
        for name in ("averages", "ranks", "improvement")
    )
    chances = better.loc[better["versus"].eq(versus), ["probability", "low", "high"]]
    chances.columns = pd.Index(["better", "better_low", "better_high"])
    return means.join(ranks[["rank", "group"]]).join(chances)


def _group(row: Row) -> Entry:
    return word(row["group"]) if isinstance(row["group"], str) else [NOTHING, ""]


def _name(row: Row) -> Entry:
    return named(row["name"])


def _rank(row: Row) -> Entry:
    return quantity(row["rank"], lambda x: number(x, 1))


def _cell_columns(baseline: str) -> list[Column[Row]]:
    return [
    Column("Cell", "name in the matrix", _name),
    Column("Skill", MEAN, lambda row: estimate(spread(row, "mean"))),
    Column("Interquartile mean", MIDDLE, lambda row: estimate(spread(row, "iqm"))),
    Column("Mean rank", RANK, _rank),
    Column("Group", GROUP, _group),
    Column(f"Better than {baseline}", "probability that a run of it is, on the same task",
           lambda row: estimate(spread(row, "better"))),
    ]  # fmt: skip


def _remedy_columns(baseline: str) -> list[Column[Row]]:
    return [
    Column("Remedy", "name in the matrix", _name),
    Column(f"Skill, {baseline}", MEAN, lambda row: estimate(spread(row, "baseline_mean"))),
    Column(f"Better than none, {baseline}", "probability that a run with it is, on the same task",
           lambda row: estimate(spread(row, "baseline_better"))),
    Column("Skill, all cells", MEAN, lambda row: estimate(spread(row, "mean"))),
    Column("Mean rank", RANK, _rank),
    Column("Group", GROUP, _group),
    Column("Better than none", "probability that a run with it is, on the same task and cell",
           lambda row: estimate(spread(row, "better"))),
    ]  # fmt: skip


def _rows(frame: pd.DataFrame, names: list[str]) -> list[Row]:
    there = [name for name in names if name in frame.index]
    return frame.loc[there].reset_index(names="name").to_dict("records")


def cell_table(tables: Tables) -> Table:
    """A row per cell without a remedy."""
    frame = measured(tables, "cell", tables.baseline)
    title = "Cells without a remedy, over all tasks that every one ran on"
    rows = _rows(frame, order.cells(frame.index))
    return tabulate("across_cells", title, _cell_columns(tables.baseline), rows, NOTE)


def remedy_table(tables: Tables) -> Table:
    """A row per remedy."""
    alone = measured(tables, "baseline", "none").add_prefix("baseline_")
    frame = measured(tables, "remedy", "none").join(alone, how="outer")
    title = "Remedies, over all tasks and cells that every one ran on"
    rows = _rows(frame, order.remedies(tables.trials))
    return tabulate("across_remedies", title, _remedy_columns(tables.baseline), rows, NOTE)


PAIR_COLUMNS: list[Column[pd.Series]] = [
    Column("Cell", "of two, the one with the better mean validation skill",
           lambda row: named(row["cell"])),
    Column("Against", "the other", lambda row: named(row["versus"])),
    Column("Difference", "of test skill, mean over pairs (task, seed) [95 % interval over seeds]",
           lambda row: estimate(Interval(row["difference"], row["low"], row["high"]), signed)),
    Column("Pairs", "one for a seed on a task, whatever its labels",
           lambda row: quantity(row["n"], count)),
    Column("p (Holm)", "sign-flip test, corrected for all pairs of cells",
           lambda row: quantity(row["p_holm"], short)),
    Column("Verdict", "of that test at 5 %", lambda row: word(row["verdict"])),
]  # fmt: skip


def pair_table(tables: Tables) -> Table:
    """Every cell against every other, without a remedy."""
    rows = [row for _, row in preferred(tables.derived["cell_pairs"]).iterrows()]
    return tabulate("cell_pairs", "Every cell against every other", PAIR_COLUMNS, rows)
