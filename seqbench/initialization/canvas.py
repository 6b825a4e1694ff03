"""A drawing of dots in a terminal: 2 x 4 dots per letter in braille, one per letter in ASCII."""

from collections.abc import Iterable

BRAILLE = 0x2800
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # bit of every dot, row by row
Point = tuple[float, float]  # from left and from below, each 0..1


def braille(lines: Iterable[Iterable[Point]], columns: int, rows: int) -> list[str]:
    """The points of all lines, as `rows` strings of `columns` letters."""
    cells = [[0] * columns for _ in range(rows)]
    for x, y in (point for line in lines for point in line):
        across, down = round(x * (2 * columns - 1)), round((1 - y) * (4 * rows - 1))
        cells[down // 4][across // 2] |= DOTS[down % 4][across % 2]
    return ["".join(chr(BRAILLE + bits) for bits in row) for row in cells]


def ascii_(lines: Iterable[Iterable[Point]], columns: int, rows: int) -> list[str]:
    """The same; the first line as *, the others as dots, the first on top."""
    cells = [[" "] * columns for _ in range(rows)]
    drawn = list(lines)
    for place, line in reversed(list(enumerate(drawn))):
        for x, y in line:
            across, down = round(x * (columns - 1)), round((1 - y) * (rows - 1))
            cells[down][across] = "." if place else "*"
    return ["".join(row) for row in cells]
