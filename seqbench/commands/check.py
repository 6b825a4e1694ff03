"""Check a matrix: try its variants, and count what it would train."""

import sys
from argparse import ArgumentParser, Namespace

from seqbench.commands import _shared

EXAMPLE = _shared.SMOKE
COMPUTES = True


def options(parser: ArgumentParser) -> None:
    """Which matrix, and how thoroughly."""
    _shared.config(parser)
    parser.add_argument(
        "--deep", action="store_true", help="try every remedy around every cell that it suits"
    )


def run(options: Namespace) -> int:
    """Print how much there is to train, and what would fail; 1 if something would."""
    from seqbench import matrix
    from seqbench.matrix import places

    _shared.complain()
    read = matrix.read(options.config)  # a slip is refused in a moment, before torch is imported
    places.check(read)
    from seqbench.jobs.trying import faults

    found = faults(read, deep=options.deep)
    trials = sum(read.trials(task) for task, _ in read.jobs())
    searches = f", {len(read.reach_jobs())} searches for the longest lag" if read.reach else ""
    print(f"{options.config}: {len(read.jobs())} jobs, at most {trials} trials{searches}")
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0
