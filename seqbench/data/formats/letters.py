"""From characters to numbers: what the parsers of texts have in common."""

import numpy as np
from numpy.typing import NDArray

from seqbench.data.guards import Blob

INTS = NDArray[np.int64]


def numbers(blob: Blob, text: str, alphabet: str) -> INTS:
    """The place of every character in the alphabet. (N,)

    Raises:
        InputError: a character that is not in it.
    """
    codes, known = _codes(text), _codes(alphabet)
    order = np.argsort(known)
    place = np.searchsorted(known[order], codes).clip(max=len(known) - 1)
    found = order[place]
    if (wrong := np.flatnonzero(known[found] != codes)).size:
        character, at = text[wrong[0]], int(wrong[0])
        raise blob.refused(
            f"has {character!r} at character {at:,}", f"the {len(alphabet)} characters of this text"
        )
    return found.astype(np.int64)


def _codes(text: str) -> NDArray[np.uint32]:
    """Code points; half of a surrogate pair is none of anybody's alphabet, so it may pass here."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.dtype("<u4"))
