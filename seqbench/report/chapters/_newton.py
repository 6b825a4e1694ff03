"""How well the steps of a cell can be computed at once, beside its Lyapunov exponent."""

import pandas as pd

from seqbench.analysis.methods.statistics import Interval
from seqbench.analysis.tidy import Tables
from seqbench.records import NEWTON, NEWTON_MOST
from seqbench.report.chapters._correlated import verdict
from seqbench.report.numbers import NOTHING, count, exists, interval, plural, signed
from seqbench.report.table import Column, Entry, Table, entry, named, quantity, tabulate

TITLE = "The steps at once, before training and after"
LONG = max(NEWTON)


def iterations(row: pd.Series, steps: int) -> Entry:
    """The iterations of a card over so many steps."""
    return quantity(row[f"newton_{steps}"], _iterations)


def _iterations(found: object) -> str:
    return f"more than {NEWTON_MOST}" if exists(found) and found > NEWTON_MOST else count(found)


def parallel(tables: Tables) -> list[str]:
    """Whether a larger exponent goes with more iterations, before and after training."""
    table = tables.derived["parallel"]
    words = [_said(row) for _, row in table.iterrows()]
    if not table["when"].eq("after").any():
        return [*words, "Newton's method over the steps of trained cells: not run."]
    return [*words, *_changed(tables.derived["parallel_cells"])]


def _said(row: pd.Series) -> str:
    over = f"Newton's method over {count(row['steps'])} steps at once"
    trained = row["when"] == "after"
    if row["reason"]:
        when = " after training" if trained else ""
        return f"Whether {over} needs more iterations at a larger exponent{when}: {row['reason']}."
    rho = Interval(row["rho"], row["low"], row["high"])
    larger = "the larger the exponent, the"
    shown = verdict(rho, f"{larger} more there tend to be", f"{larger} fewer there tend to be")
    where = "after training, on inputs of the task," if trained else "at initialization"
    return (
        f"Spearman's rank correlation of the iterations of {over} with the Lyapunov exponent "
        f"{where} is {interval(rho)} ({_counted(row)}): {shown}."
    )


def _counted(row: pd.Series) -> str:
    """Of how many combinations it is, and which of them have no rank of their own, or none."""
    of = "their tasks and remedies" if row["when"] == "after" else "their initializations"
    pairs = f"{plural(int(row['n']), 'combination')} of {plural(int(row['cells']), 'cell')} and"
    some = int(row["beyond"])
    need = "needs" if some < 2 else "need"
    beyond = f"{count(some) if some else 'none'} of them {need} more than {NEWTON_MOST}"
    text = f"{pairs} {of}; {beyond}" + (", the last rank" if some else "")
    large = int(row["large"])
    if large:
        text += f"; {count(large)} more {'has' if large == 1 else 'have'} too large a state"
    return text


def _changed(cells: pd.DataFrame) -> list[str]:
    """In how many cells iterations become more and fewer."""
    names = (f"newton_{LONG}_start", f"newton_{LONG}_end")
    start, end = (cells[name].astype("float64") for name in names)
    both = int((start.notna() & end.notna()).sum())
    if not both:
        return []
    more, fewer = int((end > start).sum()), int((end < start).sum())
    return [
        f"Over {count(LONG)} steps, without a remedy and as medians over tasks, there are more "
        f"iterations after training than at initialization in {more} of {plural(both, 'cell')}, "
        f"fewer in {fewer} and as many in {both - more - fewer}; at initialization inputs are "
        "random, after it they are those of the tasks."
    ]


def _exponents(row: pd.Series) -> Entry:
    start, end = (row[f"exponent_{when}"] for when in ("start", "end"))
    return entry(f"{_slope(start)} → {_slope(end)}", end)


def _slope(x: object) -> str:
    return signed(x, 3) if exists(x) else NOTHING


def _counts(row: pd.Series, steps: int) -> Entry:
    start, end = (row[f"newton_{steps}_{when}"] for when in ("start", "end"))
    return entry(f"{_iterations(start)} → {_iterations(end)}", end)


COLUMNS: list[Column[pd.Series]] = [
    Column("Cell", "without a remedy", lambda row: named(row["cell"])),
    Column("Tasks", "on which it was measured after training",
           lambda row: quantity(row["tasks"], count)),
    Column("Exponent", "the largest Lyapunov exponent per step: at initialization on random inputs "
           "→ of the weights that were tested, on inputs of the task (median over seeds, and of "
           "these over tasks, of two in the middle the lower); a dash: nothing is left of the "
           "gradient", _exponents),
    Column("Newton, 128", "iterations in which Newton's method over all of 128 steps at once finds "
           "the states of the loop, likewise; a dash: the state is too large",
           lambda row: _counts(row, 128)),
    Column("Newton, 1,024", "the same over 1,024 steps", lambda row: _counts(row, 1024)),
]  # fmt: skip


def compared(tables: Tables) -> list[Table]:
    """The table by cell, where trained cells were measured."""
    cells = tables.derived["parallel_cells"]
    if cells.empty:
        return []
    return [tabulate("parallel_cells", TITLE, COLUMNS, (row for _, row in cells.iterrows()))]
