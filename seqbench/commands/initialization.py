"""Measure what needs no training: gradients at initialization, and what can be proved."""

from argparse import Namespace
from pathlib import Path

from seqbench.commands import _shared

EXAMPLE = _shared.SMOKE
COMPUTES = True
options = _shared.config


def run(options: Namespace) -> None:
    """Write the tables cards, propagation and theorems."""
    from seqbench import manifest, records
    from seqbench.matrix import wanted

    read = _shared.claimed(options.config)
    folder, asked = Path(read.results), wanted.of_initialization(read)
    from seqbench.claims import analytic
    from seqbench.initialization import tables

    tables.write(read)
    records.write(folder / "theorems.parquet", "theorems", analytic.theorems())
    names = ("cards", "propagation", "theorems")
    manifest.write(folder, asked, [folder / f"{name}.parquet" for name in names])
