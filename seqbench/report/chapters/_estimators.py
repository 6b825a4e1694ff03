"""Estimates of the gradient beside the exact one: sentences and table to the figure on them."""

from collections.abc import Iterable

import pandas as pd

from seqbench.analysis.tidy import Tables
from seqbench.report.chapter import Chapter, chapter
from seqbench.report.numbers import count, exists, named, number, plural, short
from seqbench.report.parts import by_optimizer
from seqbench.report.table import Column, Entry, Table, entry, quantity, tabulate, word
from seqbench.report.table import named as code

TITLE = "Estimates of the gradient at initialization, and what training found with them"


def estimated(tables: Tables) -> Chapter:
    """What was measured once, then what training found, by optimizer; nothing without estimates."""
    frame = _beside(tables.derived["estimators"]).drop_duplicates(["cell", "remedy"])
    if frame.empty:
        return chapter([])
    found = by_optimizer(tables, of_part)
    return chapter([compared(frame), *found["words"]], found["tables"])


def of_part(tables: Tables) -> Chapter:
    """What training found on the tasks of one optimizer."""
    absent = int((tables.estimates["reason"] != "").sum())
    return chapter([trained(tables)], [_table(tables, absent)])


def _beside(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of estimates: not the exact gradient that they stand beside."""
    return frame[frame["remedy"].ne("none")]


def compared(frame: pd.DataFrame) -> str:
    """Which estimates are exact, which have no bias, which have one. Rows of estimates alone."""
    one, draws = frame.iloc[0], int(frame["draws"].max())
    several = frame["remedy"].nunique()
    drawn = f", {count(draws)} estimates for each where one is drawn" if draws > 1 else ""
    text = (
        f"At initialization, {plural(several, 'way')} to the gradient other than back-propagation "
        f"through time {'was' if several == 1 else 'were'} compared with it in "
        f"{plural(frame['cell'].nunique(), 'cell')}, at a loss {plural(int(one['lag']), 'step')} "
        f"after the first input ({plural(int(one['pairs']), 'draw')} of weights and inputs{drawn})."
    )
    return " ".join([text, *_verdicts(frame)])


def _verdicts(frame: pd.DataFrame) -> Iterable[str]:
    pairs = zip(frame["remedy"].astype(str), frame["verdict"].astype(str), strict=True)
    kinds: dict[str, set[str]] = {}
    for name, verdict in pairs:
        kinds.setdefault(name, set()).add(verdict)
    by: dict[str, list[str]] = {}
    for name, found in kinds.items():
        by.setdefault(found.pop() if len(found) == 1 else "several", []).append(name)
    if names := by.get("exact"):
        yield f"Exact in each cell: {named(names)}."
    if names := by.get("no bias found"):
        yield (
            f"Without a bias beyond two standard errors: {named(names)}; one draw has a spread of "
            f"{_most(frame, names, 'spread')}."
        )
    if names := by.get("biased"):
        yield f"Biased: {named(names)}, by {_most(frame, names, 'bias')}."
    if names := by.get("several"):
        yield f"Differing from cell to cell: {named(names)}."


def _most(frame: pd.DataFrame, names: list[str], column: str) -> str:
    """The largest value, and where: up to 7 times the gradient's norm (`uoro` in `lstm`)"""
    own = frame[frame["remedy"].isin(names)].sort_values(column, ascending=False, kind="stable")
    first, place = own.iloc[0], f"`{own.iloc[0]['remedy']}` in `{own.iloc[0]['cell']}`"
    up_to = "up to " if len(own) > 1 else ""
    return f"{up_to}{short(first[column])} times the norm of the gradient ({place})"


def trained(tables: Tables) -> str:
    """What training found with estimates, of the baseline or the first cell that has a skill."""
    frame = tables.derived["estimators"]
    known = _beside(frame).dropna(subset="skill")
    if known.empty:
        ran = tables.summary[tables.summary["status"].eq("ok")]
        both = ran.merge(_beside(frame)[["cell", "remedy"]], on=["cell", "remedy"])
        why = "no task is common to all that were" if len(both) else "nothing was"
        return f"Of skills there is nothing to compare: {why} trained with them."
    cells = list(known["cell"])
    cell = tables.baseline if tables.baseline in cells else cells[0]
    own = known[known["cell"].eq(cell)].sort_values("skill", kind="stable")
    least, most = own.iloc[0], own.iloc[-1]
    exact = frame.loc[frame["cell"].eq(cell) & frame["remedy"].eq("none"), "skill"].dropna()
    by = f"{number(exact.iloc[0])} by back-propagation, and " if len(exact) else ""
    last = f" and {number(least['skill'])} with `{least['remedy']}` at least"
    return (
        f"On {_tasks(tables, int(most['tasks']))}, trained `{cell}` reaches a mean test skill of "
        f"{by}{number(most['skill'])} with `{most['remedy']}`"
        + (f" at most{last}." if len(own) > 1 else ".")
    )


def _tasks(tables: Tables, many: int) -> str:
    """1 telling task; 2 tasks, none of which is telling"""
    if tables.telling:
        return plural(many, "telling task")
    return f"{plural(many, 'task')}, {'which is not' if many == 1 else 'none of which is'} telling"


def _bias(row: pd.Series) -> Entry:
    if row["verdict"] == "exact":
        return entry("0", 0.0)
    error = f" ± {short(row['bias_error'])}" if row["draws"] > 1 else ""
    return entry(f"{short(row['bias'])}{error}", row["bias"])


def _spread(row: pd.Series) -> Entry:
    return quantity(row["spread"] if row["draws"] > 1 else 0.0, short)


def _milliseconds(row: pd.Series) -> Entry:
    return quantity(1e3 * row["seconds"] if exists(row["seconds"]) else None, short)


COLUMNS: list[Column[pd.Series]] = [
    Column("Cell", "a single layer of it, in one direction", lambda row: code(row["cell"])),
    Column("Estimate", "a remedy; none: back-propagation through time, which is exact",
           lambda row: code(row["remedy"])),
    Column("Bias", "distance of the mean of the draws from the exact gradient, as a multiple of "
           "its norm ± standard error; 0: rounding and no more", _bias),
    Column("Verdict", "no bias found: it is within two standard errors, as may be a small one",
           lambda row: word(row["verdict"])),
    Column("Spread", "root of the total variance of one draw, as a multiple of the same norm",
           _spread),
    Column("Cosine", "of the estimate and the exact gradient, mean",
           lambda row: quantity(row["cosine"])),
    Column("Kept", "numbers that it has to keep per sequence, by formula, whatever this code takes",
           lambda row: quantity(row["kept"], lambda x: count(round(x)) if exists(x) else count(x))),
    Column("Time, ms", "of a processor per gradient of one sequence, step by step in float64",
           _milliseconds),
    Column("Skill", "test skill that training found, mean over the tasks on which all rows of the "
           "cell ran that were trained: telling ones, if there are any",
           lambda row: quantity(row["skill"])),
]  # fmt: skip


def _table(tables: Tables, absent: int) -> Table:
    """Of the cells that this part has trained: what was measured of others stands with theirs."""
    note = f"{plural(absent, 'combination')} without a row: it does not apply to the cell, or fails"
    note += ", or is too large to be measured."
    frame = tables.derived["estimators"]
    cells = set(_beside(frame)["cell"]) & set(tables.trials["cell"])
    rows = (row for _, row in frame[frame["cell"].isin(cells)].iterrows())
    return tabulate("estimators", TITLE, COLUMNS, rows, note if absent else "")
