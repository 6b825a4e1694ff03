"""Train all trials of one task and cell; or some once more, to compare scores."""

from argparse import ArgumentParser, Namespace

from seqbench.commands import _shared

EXAMPLE = f"{_shared.SMOKE} --task adding --cell lstm"
COMPUTES = True


def options(parser: ArgumentParser) -> None:
    """Which job of which matrix, and which of its trials again."""
    _shared.config(parser)
    _shared.job(parser)
    _shared.device(parser)
    again = parser.add_argument_group(
        "trials again", "trains only these, changes no results, says whether the scores are equal"
    )
    again.add_argument("--remedy", metavar="R", help="a remedy of the matrix")
    again.add_argument("--seed", type=int, metavar="S", help="a seed of the matrix")
    again.add_argument("--learning-rate", type=float, metavar="X", help="one of the matrix")


def run(options: Namespace) -> int:
    """Write the job's results; 1 where a trial failed, or a score differs from the recorded one."""
    from seqbench import matrix

    read = matrix.read(options.config)
    read.job(options.task, options.cell)  # refused in a moment, before torch is imported
    if (options.remedy, options.seed, options.learning_rate) != (None, None, None):
        from seqbench.jobs import again

        chosen = again.Chosen(options.remedy, options.seed, options.learning_rate)
        return 0 if again.again(read, options.task, options.cell, chosen, options.device) else 1
    from seqbench.jobs import run_job
    from seqbench.matrix import places

    places.claim(read)
    ended = run_job(read, options.task, options.cell, device=options.device, log=options.log)
    return 0 if ended.good else 1
