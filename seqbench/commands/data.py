"""List, fetch or verify the recorded data, or say where they are."""

from argparse import ArgumentParser, Namespace

from seqbench.commands import _shared
from seqbench.errors import InputError

EXAMPLE = "fetch ptb --mirror DIR"


def options(parser: ArgumentParser) -> None:
    """What to do, with which data sets."""
    parser.add_argument("action", choices=("list", "fetch", "verify", "where"))
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all but for fetch")
    _shared.config(parser, "all that a matrix needs", required=False)
    parser.add_argument("--mirror", default="", metavar="DIR-or-URL", help="fetch from there first")
    parser.add_argument("--offline", action="store_true", help="no public addresses")


def run(options: Namespace) -> int:
    """Do it; 1 where a file is absent or damaged.

    Raises:
        InputError: fetch without a name, or a name that the ledger does not have.
    """
    from seqbench.data import say

    names = list(options.names)
    if options.config:
        from seqbench import matrix
        from seqbench.matrix import needs

        names += needs.names(matrix.read(options.config))
        if not names:
            print(f"{options.config}: needs no recorded data")
            return 0
    if options.action == "list":
        say.listing(names)
    elif options.action == "where":
        say.where(names)
    elif options.action == "verify":
        return min(say.verify(names), 1)
    elif names:
        return min(say.fetch(names, options.mirror, options.offline), 1)
    else:
        raise InputError(
            "data fetch: no data named. Allowed: names of `python -m seqbench data list`, or "
            "--config MATRIX for all that it needs. Name some."
        )
    return 0
