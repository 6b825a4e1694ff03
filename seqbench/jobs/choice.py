"""Which learning rate a search goes by: the best on validation, never on test.

The same rule as that of the tables (`seqbench.analysis.choose`): first the fewest trials without a
score, then the best mean validation score, where what has none counts as chance; equals go to the
smaller rate.
"""

from collections.abc import Mapping, Sequence
from math import inf, isfinite

Row = Mapping[str, object]


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and isfinite(value) else None


def chosen(rows: Sequence[Row]) -> float | None:
    """The learning rate that speaks for some trials of one remedy, rows of the table of trials."""
    rates: dict[float | None, list[Row]] = {}
    for row in rows:
        rates.setdefault(_number(row.get("learning_rate")), []).append(row)

    def place(rate: float | None) -> tuple[float, float, float]:
        some = rates[rate]
        unscored = sum(_number(row.get("test_skill")) is None for row in some)
        return unscored / len(some), -sum(map(_rank, some)) / len(some), rate or -inf

    return min(rates, key=place)


def _rank(row: Row) -> float:
    """The validation score, larger is better."""
    chance, perfect = _number(row.get("chance")) or 0.0, _number(row.get("perfect")) or 0.0
    score = _number(row.get("valid_score"))
    return (1.0 if perfect >= chance else -1.0) * (chance if score is None else score)
