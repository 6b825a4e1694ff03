"""Measure what needs no training: gradients at initialization, and what can be proved."""

from argparse import Namespace
from pathlib import Path

from seqbench.commands import _shared

EXAMPLE = _shared.SMOKE
COMPUTES = True
options = _shared.config


def run(options: Namespace) -> None:
    """Write the tables cards, propagation and theorems."""
    from seqbench import matrix, records

    read = matrix.read(options.config)
    from seqbench.claims import analytic
    from seqbench.initialization import tables

    tables.write(read)
    records.write(Path(read.results) / "theorems.parquet", "theorems", analytic.theorems())
