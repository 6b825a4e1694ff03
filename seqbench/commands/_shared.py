"""Arguments that several commands take, in the same words."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from seqbench import registry

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


def complain() -> None:
    """Say on stderr what is wrong with what other packages announce; the rest goes on."""
    for sentence in registry.complaints():
        print(" ".join(sentence.split()), file=sys.stderr)
