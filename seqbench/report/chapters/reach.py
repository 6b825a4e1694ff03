"""The chapter on how far back a cell learns to look: the longest lag solved, and longer tests."""

from typing import NamedTuple

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.methods.statistics import Interval
from seqbench.analysis.runs import PLAIN
from seqbench.analysis.tidy import Tables
from seqbench.report import numbers
from seqbench.report.chapter import Chapter, Entry, Table, columns, entry, named
from seqbench.report.numbers import NOTHING, count, exists, interval, listed, percent, plural, short

AGAINST = ("lstm", "gru")  # the cells that are said to remember longer
SIGNS = {"at least": "≥ ", "less than": "< ", "": ""}
HEADS = {
    "Task": "name under `reach` in the matrix",
    "Cell": "name in the matrix",
    "Remedy": "name in the matrix",
    "T*": "longest lag that at least 80 % of the seeds solve, in steps; ≥ or < where only that is "
    "known",
    "95 % interval": "where the lag lies that 80 % of the seeds solve; … where it is open",
    "Not solved": "shortest lag tried that fewer than 80 % of the seeds solve",
    "Lengths": "how many were tried",
    "Seeds": "at every length",
}
NOTE = (
    "A seed counts at the learning rate that validates best at that length. With few seeds a step "
    "of the search is easily one of chance, which the interval shows and T* alone does not."
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
    found = searches(tables.derived["longest"])
    if not found:
        return {"words": ["Longest lag solved: not run (no search in the matrix)."], "tables": []}
    tasks, remedies = sorted({one.task for one in found}), order.remedies(tables.trials)
    words = [sentence(found, task) for task in tasks]
    words += filter(None, (best(found, remedies, task) for task in tasks))
    words.append(further(tables.derived["extrapolation"]))
    return {"words": words, "tables": [table(found)]}


def searches(longest: pd.DataFrame) -> list[Search]:
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


def sentence(found: list[Search], task: str) -> str:
    """How far the plain network looks back on one task, and how far gated cells do."""
    every = {one.cell: one for one in found if (one.task, one.remedy) == (task, "none")}
    asked = (PLAIN, *AGAINST)
    missing = numbers.named([cell for cell in asked if cell not in every])
    plain = {cell: every[cell] for cell in asked if cell in every}
    if not plain:
        return f"Longest lag solved on `{task}` by {missing} without a remedy: not run."
    said = listed([f"`{cell}` {lag(one)}" for cell, one in plain.items()])
    absent = f" ({missing}: not run)" if missing else ""
    text = f"Without a remedy, the longest lag solved on `{task}` is: {said}{absent}."
    if PLAIN not in plain or len(plain) < 2:
        return text
    apart = [cell for cell, one in plain.items() if longer(one, plain[PLAIN])]
    if not apart:
        return f"{text} The intervals do not tell `{PLAIN}` from the others."
    look = "looks" if len(apart) == 1 else "look"
    who = numbers.named(apart)
    return f"{text} By their intervals, {who} {look} back longer than `{PLAIN}`."


def best(found: list[Search], remedies: list[str], task: str) -> str:
    """Which remedy lets the plain network look back farthest on one task; "" where none was."""
    mine = {
        one.remedy: one
        for one in found
        if (one.task, one.cell) == (task, PLAIN) and exists(one.lag)
    }
    some = sorted(mine.keys() - {"none"}, key=lambda name: (_place(name, remedies), name))
    if not some:
        return ""
    first = max(some, key=lambda name: _reached(mine[name]))
    ties = sum(_reached(mine[name]) == _reached(mine[first]) for name in some) - 1
    also = f" ({plural(ties, 'other')} as far)" if ties else ""
    text = (
        f"Of {plural(len(some), 'remedy', 'remedies')} searched on `{PLAIN}`{_luck(len(some))}, "
        f"`{first}`{also} reaches farthest on `{task}`: {lag(mine[first])}"
    )
    if "none" not in mine:
        return f"{text} (without a remedy: not run)."
    if longer(mine[first], mine["none"]):
        return f"{text}, which its interval tells from {lag(mine['none'])} without a remedy."
    return f"{text}; without a remedy it is {lag(mine['none'])}, and the intervals overlap."


def _luck(n: int) -> str:
    """There is no validation to choose a T* by: the farthest of several is a lucky one, too."""
    return " (the farthest of several owes something to luck)" if n > 1 else ""


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
    said = []
    for (task, factor), rows in most.groupby(["task", "factor"]):
        limits = rows.set_index("cell")[["share", "low", "high"]]
        shares = [
            f"`{cell}` {interval(Interval(*limits.loc[cell]), percent)}"
            for cell in order.cells(rows["cell"])
        ]
        said.append(f"on `{task}` at {short(factor)} times the length: {listed(shares, 12)}")
    return (
        "Of the trials that solve the length they were trained on, without a remedy, these shares "
        f"still solve longer sequences: {'; '.join(said)}."
    )


def table(found: list[Search]) -> Table:
    """Every search, holes included."""
    return {
        "name": "longest",
        "title": "Longest lag solved",
        "columns": columns(HEADS),
        "rows": [_entries(one) for one in found],
        "note": NOTE,
    }


def _entries(one: Search) -> list[Entry]:
    names = [named(name) for name in (one.task, one.cell, one.remedy)]
    if not exists(one.lag):
        return [*names, entry(one.reason or NOTHING), *[entry(NOTHING)] * 4]
    ends = [_steps(x) if exists(x) else "…" for x in (one.low, one.high)]
    counts = [entry(count(x), x) for x in (one.unsolved, one.rounds, one.seeds)]
    spread = entry(f"[{ends[0]}, {ends[1]}]", one.low)
    return [*names, entry(f"{SIGNS[one.limit]}{count(one.lag)}", one.lag), spread, *counts]
