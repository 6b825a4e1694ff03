"""MATLAB files of version 5, whose parts are looked at before scipy reads them.

scipy takes a header's word for the size of a cell array, so the whole tree of headers is walked
first: only numbers, text and cells of them, and never more elements than there are bytes.
"""

import zlib
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from seqbench.data.guards.blob import MOST, Blob
from seqbench.data.guards.packed import RATIO, SMALL

HEADER = 128  # bytes
MATRIX, COMPRESSED = 14, 15  # kinds of elements
CELL, CHAR = 1, 4
NUMBERS = range(6, 16)  # double, single, and integers of 8 to 64 bits
DEEPEST = 4
PARTS = 100_000  # elements side by side
ALLOWED = "a MATLAB file of version 5 with numbers, text and cells of them"


def mat(blob: Blob, key: str, most: int = MOST) -> NDArray[np.generic]:
    """One variable of a MATLAB file; a cell array comes as an array of objects.

    Raises:
        InputError: another version, damaged, with functions or objects, or too large inside.
    """
    data = blob.within(most).data
    if len(data) <= HEADER or data[124:128] not in (b"\0\1IM", b"\1\0MI"):
        raise blob.refused(f"is not version 5 (its mark is {data[124:128]!r})", ALLOWED)
    order = "little" if data[126:128] == b"IM" else "big"
    plain = bytearray(data[:HEADER])
    most = min(most, max(SMALL, RATIO * len(data)))
    try:
        for kind, body in _elements(data[HEADER:], order):
            if kind == COMPRESSED:
                body = zlib.decompressobj().decompress(body, most - len(plain) + 1)
            elif kind == MATRIX:
                body = _tag(kind, len(body), order) + body
            if len(plain) + len(body) > most:
                raise ValueError(f"unpacks to more than {most:,} bytes")
            for inner, matrix in _elements(body, order):
                _check(inner, matrix, order, 0)
            plain += body
        return _loaded(bytes(plain), key)
    except (zlib.error, ValueError, IndexError) as error:
        raise blob.refused(f"is damaged or hostile ({error})", ALLOWED) from error


def _loaded(plain: bytes, key: str) -> NDArray[np.generic]:
    from scipy.io import loadmat

    try:
        found = loadmat(BytesIO(plain), variable_names=[key], chars_as_strings=True)
    except Exception as error:  # whatever scipy says of bytes that it cannot read
        raise ValueError(f"{type(error).__name__}: {error}") from error
    if not isinstance(found.get(key), np.ndarray):
        raise ValueError(f"no variable {key!r}")
    return np.asarray(found[key])


def _tag(kind: int, size: int, order: str) -> bytes:
    return b"".join(number.to_bytes(4, order) for number in (kind, size))  # type: ignore[arg-type]


def _elements(data: bytes, order: str) -> list[tuple[int, bytes]]:
    """(kind, body) of elements that follow each other; short ones lie within their tag."""
    found: list[tuple[int, bytes]] = []
    place = 0
    while place < len(data):
        if len(data) - place < 8:
            raise ValueError("a tag is cut off")
        if len(found) == PARTS:
            raise ValueError(f"more than {PARTS:,} elements")
        kind, size = (
            int.from_bytes(data[place + k : place + k + 4], order)  # type: ignore[arg-type]
            for k in (0, 4)
        )
        start = place + 8
        if kind >> 16:
            kind, size, start = kind & 0xFFFF, kind >> 16, place + 4
        if size > (4 if start == place + 4 else len(data) - start):
            raise ValueError(f"an element of {size:,} bytes is cut off")
        found.append((kind, data[start : start + size]))
        # compressed elements are not padded, all others are, to 8 bytes
        end = start + size
        place = place + 8 if start == place + 4 else end if kind == COMPRESSED else -(-end // 8) * 8
    return found


def _check(kind: int, body: bytes, order: str, depth: int) -> None:
    """Refuse a matrix that is not what it should be, with all that is inside."""
    parts = _elements(body, order)
    if kind != MATRIX or depth > DEEPEST:
        raise ValueError(f"an element of kind {kind} at depth {depth}")
    if not parts:
        return  # how an empty cell is written
    if len(parts) < 3 or len(parts[0][1]) < 8:
        raise ValueError("a matrix without flags, shape and name")
    class_ = int.from_bytes(parts[0][1][:4], order) & 0xFF  # type: ignore[arg-type]
    sizes = np.frombuffer(parts[1][1], "<i4" if order == "little" else ">i4").tolist()
    count = 1
    for size in sizes:
        count *= size
    if min(sizes, default=-1) < 0 or count > len(body):
        raise ValueError(f"a shape of {sizes} in {len(body):,} bytes")
    if class_ == CELL:
        if len(parts) - 3 != count:
            raise ValueError(f"{count} cells promised, {len(parts) - 3} there")
        for inner, cell in parts[3:]:
            _check(inner, cell, order, depth + 1)
    elif class_ != CHAR and class_ not in NUMBERS:
        raise ValueError(f"an array of class {class_}, which is no number, text or cell")
