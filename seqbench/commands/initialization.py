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


def run(options: Namespace) -> int:
    """Write the tables of cells before training, and of theorems; 1 where a variant failed."""
    from seqbench import manifest, records
    from seqbench.matrix import wanted

    read = _shared.claimed(options.config)
    folder, asked = Path(read.results), wanted.of_initialization(read)
    from seqbench.claims import analytic
    from seqbench.initialization import tables

    names = (*tables.TABLES, "theorems")
    with only_one(folder / ".locks" / "initialization.lock", partial(print, file=sys.stderr)):
        failed = tables.write(read)
        records.write(folder / "theorems.parquet", "theorems", analytic.theorems())
        manifest.write(folder, asked, [folder / f"{name}.parquet" for name in names])
    print(*failed, sep="\n", end="\n" if failed else "", file=sys.stderr)
    return 1 if failed else 0
