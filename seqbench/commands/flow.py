"""Show how far back a cell's gradient reaches at initialization."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path

from seqbench import registry, watchdog
from seqbench.commands import _shared
from seqbench.errors import InputError

EXAMPLE = "lstm --remedy forget_bias"
COMPUTES = True
MINUTES = 10.0  # that it may take
HIDDEN, LAGS = (1, 4096), (4, 10_000)  # what may be asked for


def options(parser: ArgumentParser) -> None:
    """Which cell, with which initialization, and how far back."""
    parser.add_argument("cell", metavar="CELL", help="one of `list cells`")
    parser.add_argument("--remedy", default="none", metavar="R", help="shapes the initial weights")
    parser.add_argument(
        "--hidden", type=int, default=32, metavar="H", help="hidden units; default: 32"
    )
    parser.add_argument(
        "--lags", type=int, default=100, metavar="K", help="steps back; default: 100"
    )
    _shared.config(parser, "a matrix with its knobs", required=False)
    parser.add_argument("--out", type=Path, metavar="FILE", help="draw it, too: .svg or .png")


def run(options: Namespace) -> int:
    """Print the card of a cell and a remedy; with a matrix, under the knobs that it gives.

    Returns 1 where the cell or the remedy failed.

    Raises:
        InputError: a name is unknown, a label has no matrix, a size is out of bounds, or it hung.
    """
    _bounded("--hidden", options.hidden, HIDDEN)
    _bounded("--lags", options.lags, LAGS)
    names = options.cell, options.remedy
    cell_knobs = _knobs("cells", options.cell, options.config)
    remedy_knobs = _knobs("remedies", options.remedy, options.config)
    from seqbench.initialization import (  # torch, only when there is something to measure
        card,
        drawing,
    )

    if end := watchdog.end_of(options.cell):
        files = [registry.path("remedies", part) for part in registry.parts(options.remedy)]
        files.append(registry.path("cells", options.cell))
        raise InputError(f"flow {' '.join(names)}: {end.reason([*map(str, files)])}")
    with watchdog.limit(MINUTES, [options.cell]):
        cell = registry.load_cell(options.cell, cell_knobs)
        remedy = registry.load_remedy(options.remedy, remedy_knobs)
        measured = card.measure(cell, remedy, hidden=options.hidden, lags=options.lags)
    print(drawing.text(measured, *names, plain=not drawing.unicode_in(sys.stdout)))
    if options.out:
        from seqbench.figures.drawing.card import save

        save(options.out, measured.row(*names), measured.rows(*names))
    return 1 if measured.failed else 0


def _bounded(option: str, value: int, bounds: tuple[int, int]) -> None:
    low, high = bounds
    if not low <= value <= high:
        raise InputError(
            f"flow {option}: {value} is out of range. Allowed: {low} to {high}. Choose another."
        )


def _knobs(kind: str, name: str, config: Path | None) -> Mapping[str, object]:
    """The knobs of a name in the matrix, the first of several; without one, its defaults."""
    if config:
        from seqbench import matrix
        from seqbench.matrix import refusals
        from seqbench.tuning import settings

        known: Mapping[str, Mapping[str, object]] = getattr(matrix.read(config), kind)
        if name not in known:
            raise refusals.first_of(str(config), [refusals.unknown_name(kind, name, known)])
        return settings(known[name])[0].knobs
    for part in registry.parts(name) if kind == "remedies" else (name,):
        registry.base(kind, part)
        if "@" in part and not registry.with_label(kind, part, {}):
            raise InputError(
                f"{kind}: the label of {part!r} means nothing here. Allowed: names without it, or "
                "--config MATRIX for one whose knobs a matrix gives. Add --config."
            )
    return {}
