"""The tables of a matrix: `cards` and `propagation`, cells by initialization; `estimates` and
`estimate_costs`, cells by what estimates the gradient or cuts its way, and lag.

A matrix trains cells within networks (layers, directions, front ends); this is of the cell by
itself, with the matrix's knobs and hidden units. Of several values of a remedy's knob that training
tries, the first is measured.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from seqbench import records, registry, watchdog
from seqbench.errors import InputError
from seqbench.initialization import estimate
from seqbench.initialization.card import LAGS, Card, measure
from seqbench.initialization.estimate import Estimate, may_estimate
from seqbench.initialization.weights import AT_INITIALIZATION
from seqbench.matrix import Matrix
from seqbench.remedy import Remedy
from seqbench.tuning import settings

TABLES = ("cards", "propagation", "estimates", "estimate_costs")
NONE = "none"
MINUTES = 10.0  # that a card or an estimate may take, and the import of a remedy
T = TypeVar("T")


def write(matrix: Matrix) -> list[str]:
    """Measure every cell of the matrix and write results/{table}.parquet for the four tables.

    Returns what failed, hung or ended its process, a sentence each.

    Raises:
        InputError: the results folder cannot be written.
    """
    made: dict[str, list[records.Row]] = {name: [] for name in TABLES}
    remedies, failed = _loaded(matrix)
    for name in sorted(matrix.cells):
        for label, card in _cards(matrix, name, _initializations(remedies)).items():
            made["cards"].append(card.row(name, label))
            made["propagation"] += card.rows(name, label)
            if card.failed:
                failed.append(f"{name} / {label}: {card.reason}")
        for label, one in _estimates(matrix, name, remedies).items():
            verbs = "+".join(remedies[label].acts_at)
            made["estimates"] += one.rows(name, label, verbs)
            made["estimate_costs"] += one.costs(name, label)
            if one.failed:
                failed.append(f"{name} / {label}: {one.reason}")
    for table, rows in made.items():
        records.write(Path(matrix.results) / f"{table}.parquet", table, rows)
    return failed


def _loaded(matrix: Matrix) -> tuple[dict[str, Remedy], list[str]]:
    """The remedies of a matrix, and `none`; which do not load."""
    found, failed = {NONE: Remedy()}, []
    for name, several in matrix.remedies.items():
        knobs = settings(several)[0].knobs
        made = _tried(
            f"remedies.{name}", {"remedies": name}, partial(registry.load_remedy, name, knobs)
        )
        if isinstance(made, str):
            failed.append(f"{name}: {made}")
        else:
            found[name] = made
    return found, failed


def _initializations(remedies: Mapping[str, Remedy]) -> dict[str, Remedy]:
    """Those that shape nothing but the initial weights."""
    return {name: made for name, made in remedies.items() if {*made.acts_at} <= AT_INITIALIZATION}


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


def _estimates(matrix: Matrix, name: str, remedies: Mapping[str, Remedy]) -> dict[str, Estimate]:
    """The estimates of a cell by remedy, and the exact gradient where there is one beside it.

    None of a cell that hung by itself, which its card says.
    """
    hidden = matrix.train.hidden
    if watchdog.end_of(f"cells.{name}/{NONE}"):
        return {}

    def measured(remedy: Remedy) -> Estimate | None:
        cell = registry.load_cell(name, matrix.cells[name])
        return estimate.measure(cell, remedy, hidden=hidden)

    found: dict[str, Estimate] = {}
    labels = sorted(label for label, remedy in remedies.items() if may_estimate(remedy))
    for label in [*labels, NONE]:
        if label == NONE and not any(one.lags for one in found.values()):
            break
        piece, files = f"estimates.{name}/{label}", {"cells": name, "remedies": label}
        made = _tried(piece, files, partial(measured, remedies[label]))
        if isinstance(made, str):
            found[label] = Estimate(hidden, reason=made, failed=True)
        elif made:
            found[label] = made
    return dict(sorted(found.items()))


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
