"""From finished trials to tables: choose, summarize, compare. Reads parquet, never torch."""

from pathlib import Path

# The derived tables in the order in which they are made: a module each, which has
#   COLUMNS                        name: (dtype, meaning)
#   make(tables) -> DataFrame      of what was collected, and of the tables before it
DERIVED = ("summary", "comparisons", "effects")


def analyze(results: Path) -> None:
    """Write every derived table beside the collected ones, as csv.

    Raises:
        InputError: nothing was collected yet.
    """
    from importlib import import_module

    from seqbench.analysis import tidy

    tables = tidy.collected(results)
    for name in DERIVED:
        made = import_module(f"seqbench.analysis.{name}").make(tables)
        tidy.write_csv(results / "tables" / f"{name}.csv", made)
        tables.derived[name] = made
