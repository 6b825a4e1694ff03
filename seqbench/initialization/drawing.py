"""A card as text: what `python -m seqbench flow` prints. No color, at most 80 letters wide."""

from collections.abc import Sequence
from math import isfinite, log10
from textwrap import fill
from typing import TextIO

from seqbench.initialization.canvas import BRAILLE, Point, ascii_, braille
from seqbench.initialization.card import DRAWS, SEQUENCES, Card
from seqbench.initialization.newton import MOST

WIDTH, COLUMNS, ROWS = 79, 66, 12
FLOOR = -30.0  # decades drawn: less is nothing to any sum
LONGEST = 1000  # steps: beyond, a hundred steps tell no half-life
FINE = 400  # points that a line is drawn with


def unicode_in(stream: TextIO) -> bool:
    """Whether a terminal or file can take the letters of braille."""
    try:
        chr(BRAILLE).encode(stream.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def text(card: Card, cell: str, remedy: str, *, plain: bool = False) -> str:
    """The whole card. plain: letters of ASCII only."""
    head = f"{cell}, {'no remedy' if remedy == 'none' else remedy}"
    if card.reason:
        return f"{head}: nothing to measure. {card.reason}"
    about = (
        f"{head}: {card.hidden} hidden units, {DRAWS} draws of the weights x {SEQUENCES} inputs "
        "from N(0, 1), no training"
    )
    drawn = [_picture(card, plain)] if card.norms[1][2] > 0 else []
    parts = [fill(about, WIDTH), *drawn, _numbers(card), fill(sentence(card), WIDTH)]
    return "\n\n".join(parts)


def sentence(card: Card) -> str:
    """What the card means, in plain words."""
    left = card.norms[-1][1]
    kept = f"{card.lags} steps back, the gradient has {left:.2g} times its size"
    if card.flow == "vanishing":
        if left == 0:
            return f"The gradient vanishes: nothing is left {card.lags} steps back."
        return f"The gradient vanishes: it halves every {card.half_life:.3g} steps; {kept}."
    if card.flow == "exploding":
        return f"The gradient explodes: it doubles every {card.doubling:.3g} steps; {kept}."
    if card.flow == "preserved":
        return f"The gradient is preserved within a factor of 100 per 100 steps; {kept}."
    return f"It depends on the draw of weights and input; of the median, {kept}."


def _picture(card: Card, plain: bool) -> str:
    """The median norm over the lag, with 5 and 95 % as dots, on a logarithmic scale."""
    low, middle, high = ([_decades(n[i]) for n in card.norms] for i in range(3))
    seen = [value for line in (low, middle, high) for value in line if value is not None]
    bottom, top = min(seen), max(seen)
    bottom, top = (bottom - 0.5, top + 0.5) if top - bottom < 1 else (bottom, top)

    def line(values: Sequence[float | None], points: int) -> list[Point]:
        dots = []
        for k in range(points):
            value = values[round(k / (points - 1) * (len(values) - 1))]
            if value is not None:
                dots.append((k / (points - 1), (value - bottom) / (top - bottom)))
        return dots

    lines = [line(middle, FINE), line(low, COLUMNS // 2), line(high, COLUMNS // 2)]
    rows = (ascii_ if plain else braille)(lines, COLUMNS, ROWS)
    labels = {0: f"{10**top:.0e}", ROWS - 1: f"{10**bottom:.0e}"}
    edge = "|" if plain else "\N{BOX DRAWINGS LIGHT VERTICAL}"
    drawn = [f"{labels.get(k, ''):>10} {edge}{row}".rstrip() for k, row in enumerate(rows)]
    foot = "0" + f"{card.lags} steps back".rjust(COLUMNS - 1)
    title = "|dL/ds|, 1 at the last step: median of draws and inputs; dots: 5 and 95 %"
    return "\n".join([title, *drawn, " " * 12 + foot])


def _decades(norm: float) -> float | None:
    """log10, cut at FLOOR; None where nothing is left."""
    return max(log10(norm), FLOOR) if norm > 0 else None


def _numbers(card: Card) -> str:
    low, middle, high = card.exponents
    lines = {
        "class": card.flow,
        "exponent": f"{_short(middle)} per step [{_short(low)}, {_short(high)}], 5 to 95 %",
        "half-life": _steps(card.half_life),
        "doubling time": _steps(card.doubling),
        "spectral radius": "no such matrix" if card.radius is None else f"{card.radius:.3g}",
        "Newton's method": _newton(card),
    }
    text = "\n".join(f"{label:<16} {words}" for label, words in lines.items())
    if not card.singular:
        return f"{text}\nsingular values  not taken: the state is too large"
    heads = "".join(f"{lag:>8}" for lag in card.singular)
    names = ("largest", "middle", "smallest")
    rows = [
        f"  {name:<12}" + "".join(_fitted(values[k]) for values in card.singular.values())
        for k, name in enumerate(names)
    ]
    about = "singular values of ds_T/ds_t by lag; 0: less than rounding beside the largest"
    return "\n".join([text, about, " " * 14 + heads, *rows])


def _newton(card: Card) -> str:
    """Iterations over all steps at once that find what the loop over time does."""
    if all(count is None for count in card.newton.values()):
        return "not tried: the state is too large"
    tried = (
        f"{f'more than {MOST}' if count > MOST else count} over {steps} steps"
        for steps, count in card.newton.items()
        if count is not None
    )
    return "iterations: " + ", ".join(tried)


def _fitted(value: float) -> str:
    return f"{value:>8.1e}" if value else f"{'0':>8}"


def _short(value: float) -> str:
    return f"{value:+.3f}" if isfinite(value) else "-inf"


def _steps(value: float | None) -> str:
    if value is None:
        return "none"
    return f"{value:.3g} steps" if value <= LONGEST else f"more than {LONGEST} steps"
