"""List the published claims, or the verdicts of a run on them."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from seqbench.commands import _shared

EXAMPLE = f"{_shared.SMOKE} --id T5"


def options(parser: ArgumentParser) -> None:
    """Of which run, which claim, and for whom."""
    _shared.config(parser, "a matrix that was run", required=False)
    parser.add_argument("--id", metavar="ID", help="one claim in full, with its rows")
    parser.add_argument("--json", action="store_true", help="everything, for machines")


def run(options: Namespace) -> None:
    """Print the ledger, its verdicts, or one claim."""
    from seqbench.claims import say

    results = None
    if options.config:
        from seqbench import matrix

        results = Path(matrix.read(options.config).results)
    if options.json:
        print(say.as_json(results, options.id))
    elif options.id:
        print(*say.one(options.id, results, options.config), sep="\n")
    else:
        print(*(say.table(results) if results else say.listing()), sep="\n")
