"""The chapter on robustness: what would have to change for the headline to flip."""

import pandas as pd

from seqbench.analysis.methods.statistics import ALPHA, Interval
from seqbench.analysis.tidy import Tables
from seqbench.report.chapter import Chapter, chapter
from seqbench.report.numbers import count, interval, listed, pvalue, short, signed
from seqbench.report.parts import by_optimizer
from seqbench.report.table import Column, Table, estimate, named, quantity, tabulate, word

ORDER = 45
TITLE = "How far is this verdict from flipping?"
SHORT = "Robust"
INTRO = (
    "The same two questions on other sets of telling tasks: with one left out at a time and, where "
    "the matrix has tasks in several settings (`task@label`), with one setting alone. The remedy "
    "and the cell are those chosen by validation on all of them."
)
ASKED = {
    "remedy": "does `{name}` help `{versus}`",
    "cell": "is `{name}` better than `{versus}` without a remedy",
}


def gather(tables: Tables) -> Chapter:
    """The chapter of these tables."""
    return by_optimizer(tables, of_part)


def of_part(tables: Tables) -> Chapter:
    """What is said of the tasks of one optimizer."""
    frame = tables.derived["flips"]
    words = [_said(own, tables.baseline) for _, own in frame.groupby("question", sort=False)]
    return chapter(words, [table(frame)])


def _said(own: pd.DataFrame, baseline: str) -> str:
    whole, others = own.iloc[0], own.iloc[1:]
    versus = baseline if whole["question"] == "remedy" else whole["versus"]
    asked = ASKED[whole["question"]].format(name=whole["name"], versus=versus)
    known = Interval(*whole[["difference", "low", "high"]])
    shown = whole["p"] < ALPHA
    answer = ("Yes" if whole["difference"] > 0 else "No, on the contrary") if shown else "Not shown"
    text = (
        f"{asked[0].upper()}{asked[1:]}? {answer}: on all telling tasks, the difference of test "
        f"skill is {interval(known, signed)} ({pvalue(whole['p'])}, corrected for all "
        "that it was chosen from)."
    )
    if others.empty:
        return f"{text} With one task alone, nothing can be left out."
    flipped = others[others["flips"].astype(bool)]
    if flipped.empty:
        return (
            f"{text} Its sign and its significance at 5 % are the same in all {len(others)} "
            "variations."
        )
    rows = flipped.to_dict("records")
    changes = [
        f"{_named(row['change'])} ({signed(row['difference'])}, {pvalue(row['p'])})" for row in rows
    ]
    return (
        f"{text} Its sign or significance changes in {len(flipped)} of {len(others)} variations: "
        f"{listed(changes)}."
    )


def _named(change: str) -> str:
    """without `adding`; only `@hidden`"""
    word_, _, name = change.partition(" ")
    if name == "@":
        return "only tasks without a label"
    return f"{word_} `{name}`" if name else word_


COLUMNS: list[Column[pd.Series]] = [
    Column("What", "the best remedy on the baseline, or the best cell, by validation",
           lambda row: named(row["name"])),
    Column("Against", "no remedy, or the baseline", lambda row: named(row["versus"])),
    Column("Tasks", "which of the telling tasks", lambda row: word(_named(row["change"]))),
    Column("Difference", "of test skill, mean over pairs [95 % interval over seeds]",
           lambda row: estimate(Interval(row["difference"], row["low"], row["high"]), signed)),
    Column("Pairs", "one for a seed on a task, whatever its labels",
           lambda row: quantity(row["n"], count)),
    Column("p", "sign-flip test, corrected for all that it was chosen from (Bonferroni)",
           lambda row: quantity(row["p"], short)),
    Column("Flips", "whether sign or significance differ from those on all tasks",
           lambda row: word("yes" if row["flips"] else "no")),
]  # fmt: skip


def table(frame: pd.DataFrame) -> Table:
    """Every variation."""
    rows = [row for _, row in frame.iterrows()]
    return tabulate("flips", "The headline on other sets of tasks", COLUMNS, rows)
