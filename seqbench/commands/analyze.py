"""Summarize and compare the collected trials."""

from argparse import Namespace
from pathlib import Path

from seqbench.commands import _shared

EXAMPLE = _shared.SMOKE
options = _shared.config


def run(options: Namespace) -> None:
    """Write the derived tables below results/tables."""
    from seqbench import manifest, results
    from seqbench.matrix import wanted

    read = _shared.claimed(options.config)
    folder, asked = Path(read.results), wanted.of_step(read, "analyze")
    results.analyze(folder)
    made = [folder / "tables" / f"{name}.csv" for name in results.derived()]
    manifest.write(folder, asked, made)
