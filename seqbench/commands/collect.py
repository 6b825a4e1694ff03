"""Put the results of all jobs into tables."""

from argparse import Namespace
from pathlib import Path

from seqbench.commands import _shared

EXAMPLE = _shared.SMOKE
options = _shared.config


def run(options: Namespace) -> None:
    """Write one table of each kind, as parquet and CSV, below results/tables."""
    from seqbench import matrix
    from seqbench.analysis.collect import collect

    read = matrix.read(options.config)
    collect(Path(read.results), read.jobs(), read.reach_jobs())
