"""What is tried of a remedy: the values of its own knobs that a matrix lists, and learning rates.

A setting is one combination of the values of the knobs that have several; most remedies have one.

    learning rates    the i-th is tried with the i-th setting, cyclically: each of n settings meets
                      every n-th rate
    closed form       no rates: the settings, spread evenly to at most as many as there are rates

So every remedy is tuned with as many trials as any other: as many as there are learning rates.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import NamedTuple, TypeVar

BOTH, SEARCH, SCORE = "both", "search", "score"  # what a trial is for: to choose, to be reported
T = TypeVar("T")
Knobs = dict[str, object]


class Several(tuple[object, ...]):
    """The values of a knob that are tried, in the order of the file."""


class Setting(NamedTuple):
    """One combination of values: in words ("" where nothing is tuned), and all knobs with it."""

    words: str
    knobs: Knobs


def many(knobs: Mapping[str, object]) -> int:
    """How many combinations there are, without making them."""
    return prod(len(value) for _, value in _flat(knobs) if isinstance(value, Several))


def settings(knobs: Mapping[str, object]) -> list[Setting]:
    """Every combination, the first knob slowest. knobs: of a remedy, or of parts by name."""
    places = [place for place, value in _flat(knobs) if isinstance(value, Several)]
    names = [place[-1] for place in places]
    labels = [".".join(p) if names.count(p[-1]) > 1 else p[-1] for p in places]
    lists = [value for _, value in _flat(knobs) if isinstance(value, Several)]
    found = []
    for values in product(*lists):
        words = ", ".join(f"{k}={_said(v)}" for k, v in zip(labels, values, strict=True))
        found.append(Setting(words, _with(knobs, dict(zip(places, values, strict=True)))))
    return found


def only(knobs: Mapping[str, object], one: Mapping[str, object]) -> Knobs:
    """The knobs with the values of one setting alone to try. one: its knobs."""
    left = {p: Several([dict(_flat(one))[p]]) for p, v in _flat(knobs) if isinstance(v, Several)}
    return _with(knobs, left)


def pairs(
    some: Sequence[T], rates: Sequence[float], closed_form: bool
) -> list[tuple[T, float | None]]:
    """The settings and the learning rates that are tried together."""
    if not closed_form:
        return [(some[i % len(some)], rate) for i, rate in enumerate(rates)]
    many = min(len(some), len(rates))
    return [(some[i * (len(some) - 1) // max(many - 1, 1)], None) for i in range(many)]


def _flat(
    knobs: Mapping[str, object], front: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], object]]:
    for name, value in knobs.items():
        if isinstance(value, Mapping):
            yield from _flat(value, (*front, name))
        else:
            yield (*front, name), value


def _with(
    knobs: Mapping[str, object],
    values: Mapping[tuple[str, ...], object],
    front: tuple[str, ...] = (),
) -> Knobs:
    return {
        name: _with(value, values, (*front, name))
        if isinstance(value, Mapping)
        else values.get((*front, name), value)
        for name, value in knobs.items()
    }


def _said(value: object) -> str:
    """1e-05, 0.3, 1: as short as it still names the same number."""
    short = f"{value:g}" if isinstance(value, float) else str(value)
    return short if not isinstance(value, float) or float(short) == value else repr(value)
