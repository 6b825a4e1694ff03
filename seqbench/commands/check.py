"""Check a matrix, and count what it would train."""

from argparse import Namespace

from seqbench.commands import _shared

EXAMPLE = _shared.SMOKE
options = _shared.config


def run(options: Namespace) -> None:
    """Print how much there is to train; a slip in the matrix is refused."""
    from seqbench import matrix
    from seqbench.matrix import places

    read = matrix.read(options.config)
    places.check(read)
    trials = sum(read.trials(task) for task, _ in read.jobs())
    searches = f", {len(read.reach_jobs())} searches for the longest lag" if read.reach else ""
    print(f"{options.config}: {len(read.jobs())} jobs, at most {trials} trials{searches}")
