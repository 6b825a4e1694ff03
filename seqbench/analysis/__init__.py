"""From finished trials to tables: choose, summarize, compare. Reads parquet, never torch."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seqbench.analysis.tidy import Tables

# The derived tables in the order in which they are made: a module each, which has
#   COLUMNS                        name: (dtype, meaning)
#   make(tables) -> DataFrame      of what was collected, and of the tables before it
DERIVED = (
    "summary",
    "comparisons",
    "effects",
    "longest",
    "extrapolation",
    "averages",
    "ranks",
    "profiles",
    "improvement",
    "variance",
    "survival",
    "sensitivity",
    "budget",
    "pareto",
    "prediction",
    "claims",
)


def analyze(results: Path) -> None:
    """Write every derived table beside the collected ones, as csv.

    Raises:
        InputError: nothing was collected yet.
    """
    from seqbench.analysis import tidy

    for name, made in derive(tidy.collected(results)).derived.items():
        tidy.write_csv(results / "tables" / f"{name}.csv", made)


def table(name: str) -> str:
    """The module of a derived table."""
    return "seqbench.claims.table" if name == "claims" else f"seqbench.analysis.tables.{name}"


def derive(tables: Tables) -> Tables:
    """The same tables with everything derived anew."""
    from seqbench.analysis.columns import typed

    whole = replace(tables, derived={})
    for name in DERIVED:
        module = import_module(table(name))
        whole.derived[name] = typed(module.make(whole), module.COLUMNS)
    return whole
