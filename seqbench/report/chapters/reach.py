"""The chapter on how far back a cell learns to look: the longest lag solved, and longer tests."""

from typing import NamedTuple

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.methods.statistics import Interval
from seqbench.analysis.tidy import Tables
from seqbench.report import numbers
from seqbench.report.chapter import Chapter, chapter
from seqbench.report.numbers import NOTHING, count, exists, interval, listed, percent, plural, short
from seqbench.report.table import Column, Entry, Table, entry, named, quantity, tabulate

ORDER = 30
TITLE = "How far back: the longest lag solved"
SHORT = "Lag"
INTRO = (
    "The lag of a task is the number of steps from the earliest input that an answer depends on to "
    "that answer. A search makes a task longer until fewer than 80 % of the seeds solve it."
)
SIGNS = {"at least": "≥ ", "less than": "< ", "": ""}
NOTE = (
    "A seed counts as solved at the learning rate with the best validation score at that length. "
    "With few seeds, chance often ends the search at a shorter or longer lag: the interval shows "
    "that, T* alone does not. ≥ or <: only a limit of T* is known; … is an open end."
)


class Search(NamedTuple):
    """A row of longest.csv."""

    task: str
    cell: str
    remedy: str
    lag: float  # no number: there is no T*
    limit: str
    low: float
    high: float
    unsolved: float
    rounds: float
    seeds: float
    reason: str


def gather(tables: Tables) -> Chapter:
    """The chapter of these tables."""
    searches = read(tables.derived["longest"])
    if not searches:
        return chapter(["Longest lag solved: not run (no search in the matrix)."])
    tasks, remedies = sorted({one.task for one in searches}), order.remedies(tables.trials)
    words = [sentence(searches, task, tables.baseline) for task in tasks]
    words += [best(searches, remedies, task, tables.baseline) for task in tasks]
    words += budgets(tables)
    words.append(further(tables.derived["extrapolation"]))
    return chapter(words, [table(searches)])


def read(longest: pd.DataFrame) -> list[Search]:
    """The rows, with plain numbers."""
    plain = longest[[*Search._fields]].astype(
        dict.fromkeys(("lag", "unsolved", "rounds", "seeds"), "float64")
    )
    return [Search(*row) for row in plain.itertuples(index=False)]


def lag(one: Search) -> str:
    """23 steps [17, 31], at least 160 steps, less than 9 steps."""
    if not exists(one.lag):
        return "not known"
    limit = f"{one.limit} " if one.limit else ""
    known = exists(one.low) and exists(one.high)
    around = f" [{_steps(one.low)}, {_steps(one.high)}]" if known else ""
    return f"{limit}{plural(int(one.lag), 'step')}{around}"


def _steps(x: float) -> str:
    """Whole steps; a few have a digit more."""
    return numbers.number(x, 1) if x < 10 else count(round(x))


def longer(one: Search, other: Search) -> bool:
    """Whether the interval of one lies wholly above that of the other."""
    return exists(one.low) and exists(other.high) and one.low > other.high


def sentence(searches: list[Search], task: str, baseline: str) -> str:
    """How far every cell looks back on one task, the baseline first."""
    every = {one.cell: one for one in searches if (one.task, one.remedy) == (task, "none")}
    if not every:
        return f"Longest lag solved on `{task}` without a remedy: not run."
    ordered = sorted(order.cells(every), key=lambda cell: cell != baseline)
    lags = listed([f"`{cell}` {lag(every[cell])}" for cell in ordered], 8)
    text = f"Without a remedy, the longest lag solved on `{task}` is: {lags}."
    if baseline not in every or len(every) < 2:
        return text
    apart = [cell for cell in ordered if longer(every[cell], every[baseline])]
    if not apart:
        return f"{text} No interval lies above that of `{baseline}`."
    whose = "interval of {} lies" if len(apart) == 1 else "intervals of {} lie"
    return f"{text} The {whose.format(numbers.named(apart))} above that of `{baseline}`."


def budgets(tables: Tables) -> list[str]:
    """What less updates come to, a sentence per task: the lags without a remedy."""
    frame = tables.derived["longest_within"]
    frame = frame[frame["remedy"].eq("none")]
    said = []
    for task, own in frame.groupby("task"):
        within = [int(updates) for updates in sorted(own["within"].unique())]
        lags = [
            f"`{cell}` {listed([_within(row) for row in own[own['cell'].eq(cell)].itertuples()])}"
            for cell in order.cells(own["cell"])
        ]
        if len(within) > 1:
            said.append(
                f"Within {listed([count(n) for n in within])} updates, the lags on `{task}` are: "
                f"{'; '.join(lags)}."
            )
    return said


def _within(row: "pd.core.frame.Pandas") -> str:  # type: ignore[name-defined]
    return f"{SIGNS[row.limit]}{count(row.lag)}"


def best(searches: list[Search], remedies: list[str], task: str, baseline: str) -> str:
    """Which remedy lets the baseline look back farthest on one task; "" where none was."""
    mine = {
        one.remedy: one
        for one in searches
        if (one.task, one.cell) == (task, baseline) and exists(one.lag)
    }
    some = sorted(mine.keys() - {"none"}, key=lambda name: (_place(name, remedies), name))
    if not some:
        return ""
    first = max(some, key=lambda name: _reached(mine[name]))
    ties = sum(_reached(mine[name]) == _reached(mine[first]) for name in some) - 1
    also = f" (tied with {plural(ties, 'other')})" if ties else ""
    text = (
        f"Of {plural(len(some), 'remedy', 'remedies')} on `{baseline}`, `{first}`{also} reaches "
        f"the longest lag on `{task}`: {lag(mine[first])}{_luck(len(some))}"
    )
    if "none" not in mine:
        return f"{text}. Without a remedy: not run."
    apart = longer(mine[first], mine["none"])
    return (
        f"{text}. Without a remedy it is {lag(mine['none'])}; the intervals "
        f"{'do not overlap' if apart else 'overlap'}."
    )


def _luck(n: int) -> str:
    """There is no validation to choose a T* by: the farthest of several is a lucky one, too."""
    return " (as the best of several, this is in part luck)" if n > 1 else ""


def _place(name: str, names: list[str]) -> int:
    return names.index(name) if name in names else len(names)


def _reached(one: Search) -> tuple[float, bool]:
    """What was not solved at all comes last; of equal lags, the one that is a limit first."""
    return (0.0 if one.limit == "less than" else one.lag), one.limit == "at least"


def further(made: pd.DataFrame) -> str:
    """What remains of solved trials on the longest sequences, without a remedy."""
    plain = made[made["remedy"].eq("none") & made["factor"].gt(1)]
    if plain.empty:
        return "Tests on longer sequences than those of training: not run."
    most = plain[plain["factor"].eq(plain.groupby("task")["factor"].transform("max"))]
    tasks = []
    for (task, factor), rows in most.groupby(["task", "factor"]):
        limits = rows.set_index("cell")[["share", "low", "high"]]
        shares = [
            f"`{cell}` {interval(Interval(*limits.loc[cell]), percent)}"
            for cell in order.cells(rows["cell"])
        ]
        tasks.append(f"on `{task}` at {short(factor)} times the length: {listed(shares, 12)}")
    return (
        "Length extrapolation: of the trials without a remedy that solve their training length, "
        f"these shares also solve longer test sequences: {'; '.join(tasks)}."
    )


def table(searches: list[Search]) -> Table:
    """Every search, holes included."""
    return tabulate("longest", "Longest lag solved", COLUMNS, searches, NOTE)


def _longest(one: Search) -> Entry:
    if not exists(one.lag):
        return entry(one.reason or NOTHING)
    return entry(f"{SIGNS[one.limit]}{count(one.lag)}", one.lag)


def _interval(one: Search) -> Entry:
    if not exists(one.lag):
        return entry(NOTHING)
    low, high = (_steps(x) if exists(x) else "…" for x in (one.low, one.high))
    return entry(f"[{low}, {high}]", one.low)


def _count(one: Search, name: str) -> Entry:
    return quantity(getattr(one, name) if exists(one.lag) else None, count)


COLUMNS = [
    Column("Task", "name under `reach` in the matrix", lambda one: named(one.task)),
    Column("Cell", "name in the matrix", lambda one: named(one.cell)),
    Column("Remedy", "name in the matrix", lambda one: named(one.remedy)),
    Column("T*", "longest lag that at least 80 % of the seeds solve, in steps; ≥ or < where only a "
           "limit of it is known", _longest),
    Column("95 % interval", "where the lag lies that 80 % of the seeds solve; … where it is open",
           _interval),
    Column("Not solved", "shortest lag tried that fewer than 80 % of the seeds solve",
           lambda one: _count(one, "unsolved")),
    Column("Lengths", "how many were tried", lambda one: _count(one, "rounds")),
    Column("Seeds", "at every length", lambda one: _count(one, "seeds")),
]  # fmt: skip
