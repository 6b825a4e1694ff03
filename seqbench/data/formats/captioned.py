"""Small pictures with short texts: what sets of captions have in common."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqbench.data.guards import Blob

COLORS = 3


class Part(NamedTuple):
    """Pictures (N, COLORS * side * side), 0 (white) to 1, color after color; and N texts."""

    pictures: NDArray[np.float32]
    texts: tuple[str, ...]


Parts = Callable[[], tuple[Part, ...]]


def reduced(pictures: NDArray[np.generic], side: int, blob: Blob) -> NDArray[np.float32]:
    """(N, n, n, COLORS) numbers to 255 -> means of square blocks, as `Part` has them.

    Raises:
        InputError: they are no such pictures.
    """
    shape = pictures.shape
    if len(shape) != 4 or shape[1] != shape[2] or shape[3] != COLORS or shape[1] % side:
        raise blob.refused(f"holds pictures of {shape}", f"(N, n, n, 3), n a multiple of {side}")
    if pictures.dtype != np.uint8:
        raise blob.refused(f"holds pictures of {pictures.dtype}", "uint8")
    block = shape[1] // side
    blocks = pictures.view(np.uint8).reshape(-1, side, block, side, block, COLORS)
    means = 1 - blocks.mean((2, 4), dtype=np.float32) / np.float32(255)
    return means.transpose(0, 3, 1, 2).reshape(len(pictures), -1)
