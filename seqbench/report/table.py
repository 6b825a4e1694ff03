"""A table of the report: every column is declared once, with its head, its meaning and its entries.

An entry is a pair: what is printed, and what sorting goes by (None sorts last). Text between
backticks is code.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypedDict, TypeVar

from seqbench.analysis.methods.statistics import Interval
from seqbench.report.numbers import exists, interval, number

Entry = list[object]
Row = TypeVar("Row")


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column: what stands above it, what that means, and the entry of a row."""

    label: str
    help: str
    entry: Callable[[Row], Entry]


class Head(TypedDict):
    """What the report's dictionary holds of a column."""

    label: str
    help: str


class Table(TypedDict):
    """Rows under heads, as the report's dictionary holds them."""

    name: str  # of the file that a reader downloads
    title: str
    columns: list[Head]
    rows: list[list[Entry]]
    note: str


def tabulate(
    name: str, title: str, columns: Sequence[Column[Row]], rows: Iterable[Row], note: str = ""
) -> Table:
    """The table of these rows."""
    return {
        "name": name,
        "title": title,
        "columns": [{"label": column.label, "help": column.help} for column in columns],
        "rows": [[column.entry(row) for column in columns] for row in rows],
        "note": note,
    }


def entry(text: str, key: object = None) -> Entry:
    """Text that sorts by a number; without one, last."""
    return [text, float(key) if exists(key) else None]


def quantity(x: object, form: Callable[[object], str] = number) -> Entry:
    """A number as `form` prints it."""
    return entry(form(x), x)


def estimate(i: Interval, form: Callable[[object], str] = number) -> Entry:
    """A number with its interval; sorted by the number."""
    return entry(interval(i, form), i.mean)


def word(text: object) -> Entry:
    """Text that sorts as it is printed."""
    return [str(text), str(text)]


def named(name: object) -> Entry:
    """The name of a variant, as code."""
    return [f"`{name}`", str(name)]
