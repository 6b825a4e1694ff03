"""Check a matrix: try its variants, and count what it would train."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from seqbench.commands import _shared

if TYPE_CHECKING:
    from seqbench.matrix import Matrix

EXAMPLE = _shared.SMOKE
COMPUTES = True
NAMED = 5  # tasks in a sentence


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
    for words in (*undecided(read), *unreferenced(read), *untried(read)):
        print(words)
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


def undecided(matrix: "Matrix") -> Iterator[str]:
    """A sentence where no comparison of a remedy with `none` can be significant on any task.

    A sign-flip test over n pairs has p = 2^(1 - n) at least, and Holm's correction multiplies it by
    the remedies that are compared on one task and cell; reference arms are none.
    """
    from seqbench.analysis.methods.statistics import can_show

    counts = [len(_apart(matrix, task)[0]) for task in matrix.tasks]
    compared, seeds = min(filter(None, counts), default=0), len(matrix.seeds)
    if compared and not can_show(seeds, compared):
        enough = next(n for n in range(seeds, 100) if can_show(n, compared))
        yield (
            f"{matrix.path}: no comparison of a remedy with `none` can be significant: {seeds} "
            f"seeds, and {compared} {'remedy' if compared == 1 else 'remedies'} or more on every "
            f"task. For that it takes {enough}."
        )


def unreferenced(matrix: "Matrix") -> Iterator[str]:
    """A sentence where it will not be known what learning through time buys on some tasks."""
    from seqbench.design import remembers

    bare = [
        task
        for task in matrix.tasks
        if all(map(remembers, matrix.cells_on(task))) and not _apart(matrix, task)[1]
    ]
    if bare:
        more = f" and {len(bare) - NAMED} more" if len(bare) > NAMED else ""
        yield (
            f"{matrix.path}: no reference arm on {', '.join(bare[:NAMED])}{more}, so it will not "
            "be known what learning through time buys there. Add a cell without a loop "
            "(memoryless), freeze_recurrent, or truncate@cut: {horizon: 1}."
        )


def untried(matrix: "Matrix") -> Iterator[str]:
    """A sentence where a readout in closed form has more values to try than are tried."""
    from seqbench.matrix.grids import closed_form
    from seqbench.tuning import many

    for task in matrix.tasks:
        rates = len(matrix.training(task).learning_rates)
        for name, knobs in matrix.remedies_on(task).items():
            if many(knobs) > rates and closed_form(name):
                yield (
                    f"{matrix.path}: of {many(knobs)} combinations of values of {name}, {rates} "
                    f"are tried on {task}, as many as there are learning rates there."
                )


def _apart(matrix: "Matrix", task: str) -> tuple[set[str], set[str]]:
    """The remedies on a task but `none`, and the reference arms among them, apart."""
    from seqbench import registry
    from seqbench.analysis import references

    met = {**matrix.remedies_on(task)}
    met.pop("none", None)
    arms = {
        name
        for name, knobs in met.items()
        if len(references.kept(name, knobs)) < len(registry.parts(name))
    }
    return {*met} - arms, arms
