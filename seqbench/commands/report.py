"""Write the report as HTML and PDF."""

from argparse import Namespace
from pathlib import Path

from seqbench.commands import _shared

EXAMPLE = _shared.SMOKE
options = _shared.config


def run(options: Namespace) -> int:
    """Write both files where the matrix says.

    Returns 1 where something that the matrix asks for failed or is missing.
    """
    from seqbench import report
    from seqbench.matrix import places

    read = _shared.claimed(options.config)
    places.claim(read, "report")
    report.build(options.config, Path(read.results), Path(read.report))
    return _shared.ending(read)
