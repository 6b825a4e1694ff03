"""Write the report as HTML and PDF."""

from argparse import Namespace
from pathlib import Path

from seqbench.commands import _shared

EXAMPLE = _shared.SMOKE
options = _shared.config


def run(options: Namespace) -> None:
    """Write both files where the matrix says."""
    from seqbench import matrix, report

    read = matrix.read(options.config)
    report.build(options.config, Path(read.results), Path(read.report))
