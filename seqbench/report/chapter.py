"""A chapter of the report: sentences and tables. Figures join it by their SECTION.

An entry of a table is a pair: what is printed, and what sorting goes by (None sorts last).
"""

from typing import TypedDict

from seqbench.report.numbers import exists

Entry = list[object]


class Column(TypedDict):
    """The head of a column, and what it means."""

    label: str
    help: str


class Table(TypedDict):
    """Rows under heads. Text between backticks is code."""

    name: str  # of the file that a reader downloads
    title: str
    columns: list[Column]
    rows: list[list[Entry]]
    note: str


class Chapter(TypedDict):
    """What is said before the figures, and the tables after them."""

    words: list[str]
    tables: list[Table]


def entry(text: str, key: object = None) -> Entry:
    """A number as it is printed and as it is sorted; without one, last."""
    return [text, float(key) if exists(key) else None]


def named(name: object) -> Entry:
    """The name of a variant."""
    return [f"`{name}`", str(name)]


def columns(meanings: dict[str, str]) -> list[Column]:
    """Heads in order, from label -> meaning."""
    return [{"label": label, "help": words} for label, words in meanings.items()]
