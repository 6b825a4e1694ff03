"""Measure how fast this machine trains, beside other libraries."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from seqbench.commands import _shared

EXAMPLE = "--quick"
COMPUTES = True


def options(parser: ArgumentParser) -> None:
    """How much of it, and where."""
    parser.add_argument("--quick", action="store_true", help="less than a minute of it")
    parser.add_argument("--inductor", action="store_true", help="torch.compile, too; minutes")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the numbers go")
    _shared.device(parser)


def run(options: Namespace) -> None:
    """Print the times and write them to a file."""
    from seqbench.benchmarks import session

    session.run(
        quick=options.quick, out=options.out, wish=options.device, inductor=options.inductor
    )
