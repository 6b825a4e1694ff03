"""Put the overview of a run into the README."""

from argparse import Namespace
from pathlib import Path

from seqbench.commands import _shared

EXAMPLE = "--config workflow/config/default.yaml"
options = _shared.config


def run(options: Namespace) -> None:
    """Write the picture and the README's lines about it."""
    from seqbench import matrix
    from seqbench.report.editions.picture import write

    write(options.config, Path(matrix.read(options.config).results))
