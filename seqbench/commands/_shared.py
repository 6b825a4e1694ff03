"""What several commands take and say, in the same words."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING

from seqbench import registry

if TYPE_CHECKING:
    from seqbench.matrix import Matrix

SMOKE = "--config workflow/config/smoke.yaml"


def config(
    parser: ArgumentParser, words: str = "the matrix file", *, required: bool = True
) -> None:
    """Add --config FILE."""
    parser.add_argument("--config", type=Path, metavar="FILE", required=required, help=words)


def job(parser: ArgumentParser) -> None:
    """Add --task and --cell, which name a job of the matrix, and --log FILE."""
    parser.add_argument("--task", required=True, help="a task of the matrix")
    parser.add_argument("--cell", required=True, help="a cell of the matrix")
    parser.add_argument("--log", type=Path, metavar="FILE", help="progress goes here, too")


def device(parser: ArgumentParser) -> None:
    """Add --device."""
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="default: auto, a GPU if there is one",
    )


def ending(matrix: "Matrix") -> int:
    """Say how the trials of a collected run ended and what is still to be run.

    Returns 1 where a trial failed, ran out of time or is missing, or a job has to run again.

    Raises:
        InputError: it was not collected yet.
    """
    from seqbench import manifest
    from seqbench.analysis.tidy import read_table
    from seqbench.matrix import wanted
    from seqbench.tally import tally

    results = Path(matrix.results)
    trials = read_table(results, "trials")
    told = trials[["task", "cell", "remedy", "status", "reason"]]
    ended = tally(told.to_dict("records"))
    print(f"{matrix.path}: {ended}")
    jobs = [job.job for job in wanted.before_collecting(matrix) if manifest.due(results, job)]
    if jobs:
        more = f" and {len(jobs) - 3} more" if len(jobs) > 3 else ""
        print(f"  still to be run: {', '.join(jobs[:3])}{more}")
    return 0 if ended.good and not jobs else 1


def claimed(config: Path) -> "Matrix":
    """A matrix whose places are its own: what a command reads before it writes results.

    Raises:
        InputError: a slip in the matrix, or its places are those of another one.
    """
    from seqbench import matrix
    from seqbench.matrix import places

    read = matrix.read(config)
    places.claim(read)
    return read


def complain() -> None:
    """Say on stderr what is wrong with what other packages announce; the rest goes on."""
    for sentence in registry.complaints():
        print(" ".join(sentence.split()), file=sys.stderr)
