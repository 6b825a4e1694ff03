"""How wide the columns of a printed table are, so that no word leaves its column.

A column needs its longest word and would like its longest entry. Where all wishes fit on a line
they are granted; else every column gets what it needs and the rest is shared out by what is
missing. The type is as large as that allows, and smaller where rows would be tall; what fits at no
size is turned onto a wide page.
"""

import re
from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

SIZES = (8.0, 7.5, 7.0, 6.5, 6.0, 5.5)  # points
SMALL = 6.5  # no smaller only to save lines
PAGE, WIDE = 476.0, 700.0  # points of a line, upright and turned
LETTER, CODE, HEAD = 0.53, 0.52, 0.58  # mean width of a letter over its size; bold in heads
GAP = 7.0  # points between two columns
WISHED = 300  # letters; of a longer entry no more are counted
CROWDED = 4.0  # lines of the mean row; above that, smaller type is tried
BREAKS = re.compile(r"(?<=[ _/\u2013-])")
IN_CODE = re.compile(r"(?<=[ _+/@\u2013-])")  # a sign stays with its number, not with a name


class Fit(NamedTuple):
    """How a table is set.

    Attributes:
        size:   of the type, points.
        widths: of the columns, shares of the line.
        wide:   it stands on a turned page.
        lines:  about so many, in all.
    """

    size: float
    widths: list[float]
    wide: bool
    lines: int


def fit(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Fit:
    """The layout of a table of text; backticks mark code."""
    columns = [[row[i] for row in rows] for i in range(len(heads))]
    pairs = list(zip(heads, columns, strict=True))
    needs = [max(HEAD * _word(head), *map(_need, column), 1.0) for head, column in pairs]
    wishes = [
        max(need, min(LETTER * WISHED, max(map(_wish, [head, *column]))))
        for need, (head, column) in zip(needs, pairs, strict=True)
    ]
    for line, wide in ((PAGE, False), (WIDE, True)):
        fitting = [size for size in SIZES if sum(needs) <= _room(size, line, len(heads))]
        for size in fitting:
            widths = _widths(needs, wishes, _room(size, line, len(heads)))
            lines = _lines(rows, widths)
            if size in (fitting[-1], SMALL) or lines <= CROWDED * len(rows):
                shares = [round((w * size + GAP) / line, 4) for w in widths]
                return Fit(size, shares, wide, lines)
    return Fit(SIZES[-1], [1 / len(heads)] * len(heads), True, len(rows))


def _room(size: float, line: float, columns: int) -> float:
    """What columns share, over the size of the type."""
    return (line - GAP * columns) / size


def _widths(needs: list[float], wishes: list[float], room: float) -> list[float]:
    spare, wanted = room - sum(needs), sum(wishes) - sum(needs)
    part = min(1.0, spare / wanted) if wanted > 0 else 0.0
    return [n + part * (w - n) for n, w in zip(needs, wishes, strict=True)]


def _lines(rows: Sequence[Sequence[str]], widths: list[float]) -> int:
    """How many lines all rows take."""
    pairs = [list(zip(row, widths, strict=True)) for row in rows]
    return sum(max(ceil(_wish(text) / width) for text, width in row) for row in pairs)


def _word(text: str) -> int:
    breaks = IN_CODE if "`" in text else BREAKS
    return max(map(len, breaks.split(text.replace("`", ""))), default=0)


def _need(text: str) -> float:
    return (CODE if "`" in text else LETTER) * _word(text)


def _wish(text: str) -> float:
    return (CODE if "`" in text else LETTER) * len(text.replace("`", ""))
