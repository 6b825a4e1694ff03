"""The tables `cards` and `propagation` of a matrix: cells by initialization.

A matrix trains cells within networks (layers, directions, front ends); the card is of the cell by
itself, with the matrix's knobs and hidden units.
"""

from contextlib import suppress
from pathlib import Path

from seqbench import records, registry, watchdog
from seqbench.errors import InputError
from seqbench.initialization.card import measure
from seqbench.initialization.weights import AT_INITIALIZATION
from seqbench.matrix import Matrix
from seqbench.remedy import Remedy

NONE = "none"
MINUTES = 10.0  # that a cell may take


def initializations(matrix: Matrix) -> dict[str, Remedy]:
    """The remedies of a matrix that shape nothing but the initial weights, and `none`."""
    loaded: dict[str, Remedy] = {}
    for name, knobs in matrix.remedies.items():
        with suppress(Exception):  # one that does not load: its trials say why
            loaded[name] = registry.load_remedy(name, knobs)
    some = {name: one for name, one in loaded.items() if set(one.acts_at) <= AT_INITIALIZATION}
    return {NONE: Remedy()} | some


def write(matrix: Matrix) -> None:
    """Measure every cell of the matrix and write results/cards.parquet and propagation.parquet.

    Raises:
        InputError: the results folder cannot be written.
    """
    cards: list[records.Row] = []
    propagation: list[records.Row] = []
    remedies, hidden = initializations(matrix), matrix.train.hidden
    for name, knobs in sorted(matrix.cells.items()):
        if end := watchdog.end_of(name):
            reason = end.reason([str(registry.path("cells", name))])
            cards.append({"cell": name, "remedy": NONE, "reason": reason})
            continue
        try:
            with watchdog.limit(MINUTES, [name]):
                cell = registry.load_cell(name, knobs)
                made = [(k, measure(cell, v, hidden=hidden)) for k, v in sorted(remedies.items())]
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # whatever the cell's own code does; its trials say more
            kind = "" if isinstance(error, InputError) else f"{type(error).__name__}: "
            cards.append({"cell": name, "remedy": NONE, "reason": f"{kind}{error}"})
            continue
        for label, card in made:
            cards.append(card.row(name, label))
            propagation += card.rows(name, label)
    folder = Path(matrix.results)
    records.write(folder / "cards.parquet", "cards", cards)
    records.write(folder / "propagation.parquet", "propagation", propagation)
