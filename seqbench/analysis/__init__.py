"""From finished trials to tables: choose, summarize, compare. Reads parquet, never torch.

    collect stream tidy columns       tables as files
    choose trials order runs          which trials count, in which order, what can be compared
    references twins redrawn          what is reached without learning through time; same trials;
                                      a test part that all seeds share
    tables/                           the derived tables, a file each
    leaders samples lookup            what did best, whose samples are shown, single rows
    clipping truncation tolerance     what one sentence or column of the report asks for
      gradient_flow other_metrics
    methods/                          the statistics

Nothing is chosen by a test score.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from seqbench.analysis.tables import Derived
    from seqbench.analysis.tidy import Tables


def analyze(results: Path) -> Tables:
    """Write every derived table beside the collected ones, as csv; returns them all.

    Raises:
        InputError: nothing was collected yet.
    """
    from seqbench.analysis import tidy

    tables = derive(tidy.collected(results))
    for name, made in tables.derived.items():
        tidy.write_csv(results / "tables" / f"{name}.csv", made)
    return tables


def derive(tables: Tables) -> Tables:
    """The same tables with everything derived anew."""
    from seqbench.analysis import tables as derived
    from seqbench.analysis.columns import typed

    whole = replace(tables, derived={})
    for name in derived.in_order():
        whole.derived[name] = typed(_made(derived.load(name), whole), derived.columns(name))
    return whole


def _made(table: Derived, whole: Tables) -> pd.DataFrame:
    """One table; where it averages over tasks, by optimizer."""
    import pandas as pd

    if not getattr(table, "APART", False):
        return table.make(whole)
    parts = {name: table.make(part) for name, part in whole.parts.items()}
    return pd.concat(
        [made.assign(optimizer=name) for name, made in parts.items()], ignore_index=True
    )


def load(results: Path) -> Tables:
    """The collected tables and the derived ones, as `analyze` wrote them.

    Raises:
        InputError: it was not collected or not analyzed yet.
    """
    from seqbench.analysis import tables as derived
    from seqbench.analysis import tidy

    tables = tidy.collected(results)
    for name in derived.names():
        file = results / "tables" / f"{name}.csv"
        tables.derived[name] = tidy.read_csv(file, derived.columns(name))
    return tables
