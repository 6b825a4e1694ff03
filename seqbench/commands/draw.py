"""Draw the figures."""

from argparse import Namespace
from pathlib import Path

from seqbench.commands import _shared

EXAMPLE = _shared.SMOKE
options = _shared.config


def run(options: Namespace) -> None:
    """Write every figure below results/figures."""
    from seqbench import figures, manifest
    from seqbench.matrix import wanted

    read = _shared.claimed(options.config)
    folder, asked = Path(read.results), wanted.of_step(read, "draw")
    figures.draw_all(folder)
    made = [file for kind in ("svg", "csv", "json") for file in folder.glob(f"figures/*.{kind}")]
    manifest.write(folder, asked, made)
