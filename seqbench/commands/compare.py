"""Say what changed between two runs, and whether by more than noise."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

EXAMPLE = "results/old results"


def options(parser: ArgumentParser) -> None:
    """Which two runs, and where all the tables go."""
    parser.add_argument("old", type=Path, metavar="OLD", help="a results folder or matrix")
    parser.add_argument("new", type=Path, metavar="NEW", help="likewise")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="a row per combination")
    parser.add_argument("--json", type=Path, metavar="FILE", help="all tables")


def run(options: Namespace) -> None:
    """Print the comparison; write it where a file is named."""
    from seqbench.compare import compare, say
    from seqbench.files import atomic_write

    both = compare(options.old, options.new)
    for line in say.lines(both):
        print(line)
    if options.csv:
        atomic_write(options.csv, both.scores.to_csv(index=False, lineterminator="\n").encode())
    if options.json:
        atomic_write(options.json, say.to_json(both).encode())
