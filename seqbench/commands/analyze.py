"""Summarize and compare the collected trials."""

from argparse import Namespace
from pathlib import Path

from seqbench.commands import _shared

EXAMPLE = _shared.SMOKE
options = _shared.config


def run(options: Namespace) -> None:
    """Write the derived tables below results/tables."""
    from seqbench import results

    results.analyze(Path(_shared.claimed(options.config).results))
