"""Say how the trials of a run ended, and what is still to be run."""

from argparse import Namespace

from seqbench.commands import _shared

EXAMPLE = _shared.SMOKE
options = _shared.config


def run(options: Namespace) -> int:
    """Print it; 1 where something that the matrix asks for failed or is missing."""
    return _shared.ending(_shared.claimed(options.config))
