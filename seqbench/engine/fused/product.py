"""Matrix products in register tiles: rows x vectors of the result stay in registers over k.

The sizes are numbers, so what does not fill a vector is a narrower vector, down to single
columns; every element is the sum over k = 0, 1, 2, ... in that order, whatever the tile.
"""

from collections.abc import Iterator
from dataclasses import dataclass

Layout = tuple[str, int, tuple[int, ...]]  # C pointer, offset, strides (0, 0: one number for all)
ROWS = {1: 8, 2: 8, 3: 4, 4: 4}  # of a tile, by its vectors


@dataclass(frozen=True)
class Product:
    """target (+)= sum of a @ b + sum of plus; the columns of all but a lie beside each other."""

    rows: int
    columns: int
    factors: list[tuple[Layout, Layout, int]]  # a, b, their common size
    plus: list[Layout]
    target: str
    add: bool  # to what the target holds


def product(made: Product, lanes: int) -> Iterator[str]:
    """Lines of C. lanes: numbers in a vector register"""
    column = 0
    while column < made.columns:
        width = lanes
        while width > made.columns - column:
            width //= 2 if width > 4 else 4
        vectors = min(4, (made.columns - column) // width)
        times = (made.columns - column) // (width * vectors)
        last = column + times * width * vectors
        yield f"for (int j = {column}; j < {last}; j += {width * vectors}) {{"
        yield from _rows(made, vectors, width)
        yield "}"
        column = last


def _rows(made: Product, vectors: int, width: int) -> Iterator[str]:
    tall = ROWS[vectors]
    whole = made.rows // tall * tall
    if whole:
        yield f"for (int i = 0; i < {whole}; i += {tall}) {{"
        yield from _tile(made, tall, vectors, width)
        yield "}"
    if made.rows > whole:
        yield f"{{ const int i = {whole};"
        yield from _tile(made, made.rows - whole, vectors, width)
        yield "}"


def _tile(made: Product, rows: int, vectors: int, width: int) -> Iterator[str]:
    cells = [(r, v) for r in range(rows) for v in range(vectors)]

    def load(layout: Layout, row: str, v: int) -> str:
        pointer, offset, strides = layout
        place = f"{pointer} + {offset} + ({row}) * {strides[0]}"
        return f"*(const V{width} *)({place} + j + {v * width})"

    for r, v in cells:
        start = [load(layout, f"i + {r}", v) for layout in made.plus]
        yield f"V{width} c{r}_{v} = {' + '.join(start) or '{0}'};"
    for a, b, common in made.factors:
        pointer, offset, strides = a
        yield f"for (int k = 0; k < {common}; k++) {{"
        for v in range(vectors):
            yield f"const V{width} b{v} = {load(b, 'k', v)};"
        for r in range(rows):
            place = f"{offset} + (i + {r}) * {strides[0]} + k * {strides[1]}"
            yield f"const float a{r} = {pointer}[{place}];"
            yield " ".join(f"c{r}_{v} += a{r} * b{v};" for v in range(vectors))
        yield "}"
    for r, v in cells:
        place = f"*(V{width} *)({made.target} + (i + {r}) * {made.columns} + j + {v * width})"
        yield f"{place} {'+=' if made.add else '='} c{r}_{v};"
