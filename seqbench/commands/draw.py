"""Draw the figures."""

from argparse import Namespace
from pathlib import Path

from seqbench.commands import _shared

EXAMPLE = _shared.SMOKE
options = _shared.config


def run(options: Namespace) -> None:
    """Write every figure below results/figures."""
    from seqbench import figures

    figures.draw_all(Path(_shared.claimed(options.config).results))
