"""The derived tables: a file is a table, found by its name, with

    COLUMNS      name: (dtype, meaning)
    MADE_FROM    the tables that it reads: collected ones (`seqbench.records`) or other derived ones
    make(tables) -> DataFrame
    APART        True: it averages over tasks, so it is made of the tasks of every optimizer by
                 itself, and the rows of all have the column `optimizer` in front

They are made in an order that follows from MADE_FROM. Names are found without importing a table,
so that naming the outputs of the workflow costs no `import pandas`.
"""

from __future__ import annotations

from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    import pandas as pd

    from seqbench.analysis.columns import Columns
    from seqbench.analysis.tidy import Tables


OPTIMIZER = {"optimizer": ("str", "of these tasks; no mean goes over two of them")}


class Derived(Protocol):
    """The protocol above, for a type checker."""

    COLUMNS: Columns
    MADE_FROM: tuple[str, ...]

    def make(self, tables: Tables) -> pd.DataFrame:
        """The table; its columns are brought into the order and to the dtypes of COLUMNS."""
        ...


def names() -> tuple[str, ...]:
    """The derived tables by name."""
    return tuple(sorted(file.stem for file in Path(__file__).parent.glob("[!_]*.py")))


def load(name: str) -> Derived:
    """The module of one table."""
    return cast(Derived, import_module(f"seqbench.analysis.tables.{name}"))


def columns(name: str) -> Columns:
    """The columns of a table, the optimizer's included."""
    table = load(name)
    return (OPTIMIZER if getattr(table, "APART", False) else {}) | dict(table.COLUMNS)


def in_order() -> tuple[str, ...]:
    """The names, every table after those that it is made from.

    Raises:
        CycleError: two tables are made from each other.
    """
    every = names()
    before = {name: [other for other in every if other in load(name).MADE_FROM] for name in every}
    return tuple(TopologicalSorter(before).static_order())
