"""A job that ends at its first update: python -m seqbench.benchmarks.first_update MATRIX TASK CELL

Results would go where the matrix says, but no trial comes to its end.
"""

import sys
from pathlib import Path
from unittest import mock

from seqbench import jobs, matrix
from seqbench.engine import loop
from seqbench.engine.optimizers import Optimizer
from seqbench.engine.stack import Stack
from seqbench.task import Batch, Task


class Reached(KeyboardInterrupt):
    """The first update is done. Of all that is raised, a job makes no rows of an interruption."""


def main(path: Path, task: str, cell: str) -> None:
    """Begin one job of a matrix."""
    read = matrix.read(path)

    def once(stack: Stack, task: Task, batch: Batch, optimize: Optimizer) -> None:
        loop.update(stack, task, batch, optimize)
        raise Reached

    try:
        with mock.patch("seqbench.engine.updates.update", once):
            jobs.run_job(read, task, cell)
    except Reached:
        return
    raise AssertionError("the job had no update")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
