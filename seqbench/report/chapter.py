"""What a chapter gathers: sentences and tables. Figures join it by their SECTION."""

from collections.abc import Iterable, Mapping
from typing import TypedDict

from seqbench.report.table import Table

Content = dict[str, object]  # of the whole report: texts, numbers, lists, dictionaries of these
Runs = Mapping[str, list[list[str]]]  # (task, cell, remedy) by label


class Chapter(TypedDict):
    """What is said before the figures, the tables after them, and what both rest on."""

    words: list[str]
    tables: list[Table]
    behind: Runs  # the runs behind it, which the page links
    sources: list[str]  # keys of the bibliography


def chapter(
    words: Iterable[str],
    tables: Iterable[Table] = (),
    behind: Runs = {},  # noqa: B006
    sources: Iterable[str] = (),
) -> Chapter:
    """A chapter of what there is: without empty sentences and without tables of no row."""
    return {
        "words": [text for text in words if text],
        "tables": [table for table in tables if table["rows"]],
        "behind": dict(behind),
        "sources": list(sources),
    }
