"""Recordings."""

import struct
import wave
from io import BytesIO
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqbench.data.guards.blob import MOST, Blob

RATES = (4000, 48000)  # per second
LONGEST = 60  # seconds
ALLOWED = f"16-bit PCM, one channel, {RATES[0]} to {RATES[1]} per second, up to {LONGEST} s"


class Sound(NamedTuple):
    """A recording: samples per second, and samples (T,)."""

    rate: int
    samples: NDArray[np.int16]


def wav(blob: Blob, most: int = MOST) -> Sound:
    """A .wav file with one channel of 16-bit numbers.

    Raises:
        InputError: another kind of file, damaged, cut off, empty or too long.
    """
    try:
        with wave.open(BytesIO(blob.within(most).data)) as file:
            channels, width, rate, count = file.getparams()[:4]
            data = b"" if count > LONGEST * RATES[1] else file.readframes(count)
    except (wave.Error, EOFError, struct.error, ValueError, OverflowError, RuntimeError) as error:
        raise blob.refused(f"is no whole .wav file ({error})", ALLOWED) from error
    if (channels, width) != (1, 2):
        raise blob.refused(f"has {channels} channels of {8 * width} bits", ALLOWED)
    if not RATES[0] <= rate <= RATES[1] or not 0 < count <= LONGEST * rate:
        raise blob.refused(f"has {count:,} samples, {rate:,} per second", ALLOWED)
    if len(data) != 2 * count:
        raise blob.refused(f"promises {count:,} samples and has {len(data) // 2:,}", ALLOWED)
    return Sound(rate, np.frombuffer(data, "<i2").astype(np.int16))
