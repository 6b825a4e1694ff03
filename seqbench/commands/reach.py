"""Look for the longest lag that one cell solves, on a task under `reach` of the matrix."""

from argparse import ArgumentParser, Namespace

from seqbench.commands import _shared

EXAMPLE = f"{_shared.SMOKE} --task adding --cell lstm"
COMPUTES = True


def options(parser: ArgumentParser) -> None:
    """Which search of which matrix."""
    _shared.config(parser)
    _shared.job(parser)
    _shared.device(parser)


def run(options: Namespace) -> int:
    """Write the search's table; 1 where a trial failed."""
    from seqbench import matrix

    read = matrix.read(options.config)
    read.reach_job(options.task, options.cell)  # refused in a moment, before torch is imported
    from seqbench.jobs.reach import run_reach
    from seqbench.matrix import places

    places.claim(read)
    ended = run_reach(read, options.task, options.cell, device=options.device, log=options.log)
    return 0 if ended.good else 1
