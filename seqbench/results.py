"""The tables of a finished run: those of `analysis`, and above them the verdicts of `claims`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seqbench.analysis import tables

if TYPE_CHECKING:
    from seqbench.analysis.tidy import Tables

VERDICTS = "claims"


def derived() -> tuple[str, ...]:
    """The derived tables by name, the verdicts last; costs no `import pandas`."""
    return (*tables.names(), VERDICTS)


def analyze(results: Path) -> None:
    """Write every derived table of a run beside the collected ones, as csv.

    Raises:
        InputError: nothing was collected yet.
    """
    from seqbench import analysis
    from seqbench.claims import table

    table.write(results, analysis.analyze(results))


def load(results: Path) -> Tables:
    """All tables of an analyzed results folder.

    Raises:
        InputError: it was not collected or not analyzed yet.
    """
    from seqbench import analysis
    from seqbench.claims import table

    every = analysis.load(results)
    every.derived[VERDICTS] = table.read(results)
    return every
