"""Measure what needs no training: gradients at initialization, and what can be proved."""

import sys
from argparse import Namespace
from functools import partial
from pathlib import Path

from seqbench.commands import _shared
from seqbench.locks import only_one

EXAMPLE = _shared.SMOKE
COMPUTES = True
options = _shared.config


def run(options: Namespace) -> None:
    """Write the tables cards, propagation and theorems."""
    from seqbench import matrix, records

    read = matrix.read(options.config)
    from seqbench.claims import analytic
    from seqbench.initialization import tables

    results = Path(read.results)
    with only_one(results / ".locks" / "initialization.lock", partial(print, file=sys.stderr)):
        tables.write(read)
        records.write(results / "theorems.parquet", "theorems", analytic.theorems())
