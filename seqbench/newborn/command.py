"""What `python -m seqbench flow` does: one cell, one initialization, one card."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from seqbench import matrix, registry
from seqbench.errors import InputError
from seqbench.matrix import refusals

if TYPE_CHECKING:
    from seqbench.newborn.card import Card

HIDDEN, LAGS = (1, 4096), (4, 10_000)  # what may be asked for


def card(cell: str, remedy: str, hidden: int, lags: int, config: Path | None) -> "Card":
    """The card of a cell and a remedy by name; with a matrix, under the knobs that it gives.

    Raises:
        InputError: a name is unknown, a label has no matrix, or a size is out of bounds.
    """
    _bounded("--hidden", hidden, HIDDEN)
    _bounded("--lags", lags, LAGS)
    knobs = _knobs("cells", cell, config), _knobs("remedies", remedy, config)
    from seqbench.newborn.card import measure  # torch, only when there is something to measure

    made = registry.load_cell(cell, knobs[0]), registry.load_remedy(remedy, knobs[1])
    return measure(*made, hidden=hidden, lags=lags)


def _bounded(option: str, value: int, bounds: tuple[int, int]) -> None:
    low, high = bounds
    if not low <= value <= high:
        raise InputError(
            f"flow {option}: {value} is out of range. Allowed: {low} to {high}. Choose another."
        )


def _knobs(kind: str, name: str, config: Path | None) -> Mapping[str, object]:
    """The knobs of a name in the matrix; of a name without one, its defaults."""
    if config:
        known = getattr(matrix.read(config), kind)
        if name not in known:
            raise InputError(f"{config}: {refusals.unknown_key((kind,), name, [*known])}")
        return known[name]
    for part in registry.parts(name) if kind == "remedies" else (name,):
        registry.base(kind, part)
        if "@" in part and not registry.with_label(kind, part, {}):
            raise InputError(
                f"{kind}: the label of {part!r} means nothing here. Allowed: names without it, or "
                "--config MATRIX for one whose knobs a matrix gives. Add --config."
            )
    return {}
