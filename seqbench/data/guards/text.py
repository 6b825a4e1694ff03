"""Text and tables of numbers."""

from io import StringIO
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from seqbench.data.guards.blob import MOST, Blob


def text(blob: Blob, encoding: str = "utf-8", most: int = MOST) -> str:
    """The characters; lines may end in any way.

    Raises:
        InputError: too large, not in that encoding, or with a zero byte in it.
    """
    data = blob.within(most).data
    try:
        found = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise blob.refused(
            f"is not {encoding} at byte {error.start:,} ({error.reason})", f"text in {encoding}"
        ) from error
    if (place := found.find("\0")) >= 0:
        raise blob.refused(f"has a zero at character {place:,}", "text without zeros")
    return found


def table(
    blob: Blob,
    width: int,
    columns: tuple[int, ...] | None = None,
    header: int = 0,
    delimiter: str = ",",
    most: int = MOST,
) -> NDArray[np.float64]:
    """The numbers of a table; `columns` of `width` are read (None: all). (N, columns)

    Raises:
        InputError: a row with more or fewer columns, what is no number, not finite, or no row.
    """
    lines = text(blob, "ascii", most).splitlines()
    for number, line in enumerate(lines, start=1):
        if line.strip() and line.count(delimiter) != width - 1:
            has = line.count(delimiter) + 1
            raise blob.refused(f"has {has} columns in line {number}", f"{width} in every line")
    rows = StringIO("\n".join(lines[header:]))
    try:
        if not any(line.strip() for line in lines[header:]):
            raise ValueError("no rows")
        found = np.loadtxt(
            rows, delimiter=delimiter, usecols=columns, comments=None, dtype=np.float64, ndmin=2
        )
    except (ValueError, OverflowError) as error:
        where = _wrong_cell(lines, header, columns or tuple(range(width)), delimiter)
        what = f"is no table of numbers: {where or error}"
        raise blob.refused(what, f"{width} columns of numbers") from error
    if not np.isfinite(found).all():
        where = _wrong_cell(lines, header, columns or tuple(range(width)), delimiter)
        raise blob.refused(f"has a number that is not finite: {where}", "finite numbers")
    return found


def _wrong_cell(lines: list[str], header: int, columns: tuple[int, ...], delimiter: str) -> str:
    """The first cell that is no finite number, with its place as an editor counts it."""
    for number, line in enumerate(lines[header:], start=header + 1):
        cells = line.split(delimiter)
        for column in columns if line.strip() else ():
            try:
                finite = isfinite(float(cells[column]))
            except ValueError:
                finite = False
            if not finite:
                return f"{cells[column].strip()[:40]!r} in line {number}, column {column + 1}"
    return ""
