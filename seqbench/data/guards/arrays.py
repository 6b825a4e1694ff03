"""Arrays: of numpy (.npy, .npz) and of MNIST (idx). No pickle is ever loaded."""

import math
from io import BytesIO
from tokenize import TokenError

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from seqbench.data.guards.blob import MOST, Blob
from seqbench.data.guards.packed import Archive

DIMENSIONS = 8
KINDS = "biufU"  # truth, integers, real numbers, text
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
_IDX = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def array(blob: Blob, most: int = MOST) -> NDArray[np.generic]:
    """What a .npy file holds; its header is believed only as far as the bytes reach.

    Raises:
        InputError: no .npy file, cut off, of Python objects, or with an absurd shape.
    """
    file = BytesIO(blob.within(most).data)
    try:
        shape, fortran, dtype = _HEADERS[npy.read_magic(file)](file)
    except (ValueError, KeyError, TypeError, SyntaxError, TokenError, EOFError, MemoryError) as e:
        raise blob.refused("is no .npy file, or its header is odd", "version 1 or 2") from e
    if dtype.hasobject or dtype.kind not in KINDS or not dtype.itemsize:
        raise blob.refused(f"holds {dtype}, which may hide a program", "numbers and text")
    return _shaped(blob, shape, dtype, file.tell(), "F" if fortran else "C")


def _shaped(
    blob: Blob, shape: tuple[int, ...], dtype: np.dtype, start: int, order: str = "C"
) -> NDArray[np.generic]:
    promised, there = math.prod(shape) * dtype.itemsize, len(blob.data) - start
    if len(shape) > DIMENSIONS or min(shape, default=0) < 0 or promised != there:
        sizes = " x ".join(map(str, shape))
        raise blob.refused(
            f"promises {sizes} {dtype}, but {there:,} bytes follow", "a shape that fits its bytes"
        )
    flat = np.frombuffer(blob.data, dtype, offset=start)
    return flat.reshape(shape, order=order).copy()  # type: ignore[call-overload]


def arrays(blob: Blob, most: int = MOST) -> dict[str, NDArray[np.generic]]:
    """What a .npz file holds, by name.

    Raises:
        InputError: as `Archive` and `array`.
    """
    archive = Archive(blob, most)
    return {name.removesuffix(".npy"): array(archive.read(name)) for name in archive.names()}


def idx(blob: Blob, most: int = MOST) -> NDArray[np.generic]:
    """What a (decompressed) file of MNIST holds.

    Raises:
        InputError: a wrong magic number, or a shape that does not fit its bytes.
    """
    data = blob.within(most).data
    kind, dimensions = (data[2], data[3]) if len(data) >= 4 else (0, 0)
    start = 4 + 4 * dimensions
    if data[:2] != b"\0\0" or kind not in _IDX or len(data) < start or not dimensions:
        raise blob.refused(f"begins with {data[:4].hex(' ') or 'nothing'}", "an idx file")
    shape = tuple(int(size) for size in np.frombuffer(data[4:start], ">u4"))
    return _shaped(blob, shape, np.dtype(_IDX[kind]), start)
