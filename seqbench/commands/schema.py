"""Print the JSON schema of a matrix."""

from argparse import ArgumentParser, Namespace

EXAMPLE = "> workflow/schemas/matrix.schema.json"


def options(parser: ArgumentParser) -> None:
    """It takes none."""


def run(options: Namespace) -> None:
    """Print what an editor needs to complete and check a matrix file."""
    from seqbench import matrix

    print(matrix.json_schema(), end="")
