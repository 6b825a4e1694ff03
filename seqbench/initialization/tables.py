"""The tables `cards` and `propagation` of a matrix: cells by initialization.

A matrix trains cells within networks (layers, directions, front ends); the card is of the cell by
itself, with the matrix's knobs and hidden units.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from seqbench import records, registry, watchdog
from seqbench.errors import InputError
from seqbench.initialization.card import LAGS, Card, measure
from seqbench.initialization.weights import AT_INITIALIZATION
from seqbench.matrix import Matrix
from seqbench.remedy import Remedy
from seqbench.tuning import settings

NONE = "none"
MINUTES = 10.0  # that a card may take, and the import of a remedy
T = TypeVar("T")


def write(matrix: Matrix) -> list[str]:
    """Measure every cell of the matrix and write results/cards.parquet and propagation.parquet.

    Returns what failed, hung or ended its process, a sentence each.

    Raises:
        InputError: the results folder cannot be written.
    """
    cards: list[records.Row] = []
    propagation: list[records.Row] = []
    remedies, failed = _initializations(matrix)
    for name in sorted(matrix.cells):
        for label, card in _cards(matrix, name, remedies).items():
            cards.append(card.row(name, label))
            propagation += card.rows(name, label)
            if card.failed:
                failed.append(f"{name} / {label}: {card.reason}")
    folder = Path(matrix.results)
    records.write(folder / "cards.parquet", "cards", cards)
    records.write(folder / "propagation.parquet", "propagation", propagation)
    return failed


def _initializations(matrix: Matrix) -> tuple[dict[str, Remedy], list[str]]:
    """The remedies that shape nothing but the initial weights, and `none`; which do not load.

    Of several values of a knob that training tries, the first is measured.
    """
    found, failed = {NONE: Remedy()}, []
    for name, several in matrix.remedies.items():
        knobs = settings(several)[0].knobs
        made = _tried(
            f"remedies.{name}", {"remedies": name}, partial(registry.load_remedy, name, knobs)
        )
        if isinstance(made, str):
            failed.append(f"{name}: {made}")
        elif set(made.acts_at) <= AT_INITIALIZATION:
            found[name] = made
    return found, failed


def _cards(matrix: Matrix, name: str, remedies: Mapping[str, Remedy]) -> dict[str, Card]:
    """The cards of a cell by remedy; of one that hung by itself, this one alone."""
    hidden = matrix.train.hidden

    def measured(remedy: Remedy) -> Card:
        return measure(registry.load_cell(name, matrix.cells[name]), remedy, hidden=hidden)

    cards: dict[str, Card] = {}
    for label in sorted(remedies, key=lambda label: (label != NONE, label)):
        piece, files = f"cells.{name}/{label}", {"cells": name, "remedies": label}
        made = _tried(piece, files, partial(measured, remedies[label]))
        cards[label] = (
            Card(hidden, LAGS, reason=made, failed=True) if isinstance(made, str) else made
        )
        if label == NONE and watchdog.end_of(piece):
            break
    return dict(sorted(cards.items()))


def _tried(piece: str, files: Mapping[str, str], make: Callable[[], T]) -> T | str:
    """What is made, or why it is not: it raises, or hung or ended a process before this one.

    files: kind -> name, of the variants to blame.
    """
    if end := watchdog.end_of(piece):
        paths = [
            registry.path(kind, p) for kind, name in files.items() for p in registry.parts(name)
        ]
        return end.reason([*map(str, paths)])
    try:
        with watchdog.limit(MINUTES, [piece]):
            return make()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever their own code does; its trials say more
        kind = "" if isinstance(error, InputError) else f"{type(error).__name__}: "
        return f"{kind}{error}"
