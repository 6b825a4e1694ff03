"""Log-mel frames: how loud each band of pitch is, every few milliseconds.

    samples -> 25 ms under a Hann window -> power spectrum (scipy) -> triangles of mel -> log

The mel scale is m = 2595 log10(1 + f / 700); neighboring triangles overlap by half, as in HTK.

Source: davis1980
"""

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

FLOAT = NDArray[np.float64]
WINDOW = 25  # milliseconds
BANDS = 26
FLOOR = 1e-6  # of the power of a constant 1: what is fainter counts as silence


def steps(rate: int, samples: int, hop: int) -> int:
    """How many frames a recording has."""
    window, stride = rate * WINDOW // 1000, rate * hop // 1000
    return max(0, 1 + (samples - window) // stride)


def frames(samples: FLOAT, rate: int, hop: int) -> FLOAT:
    """Of a recording, samples (n,) between -1 and 1: one every `hop` ms. (steps, BANDS)"""
    from scipy.fft import rfft

    window, stride = rate * WINDOW // 1000, rate * hop // 1000
    pieces = sliding_window_view(samples, window)[::stride] * _hann(window)
    power = np.square(np.abs(rfft(pieces, _points(rate))))
    found: FLOAT = np.log(power @ triangles(rate).T + FLOOR)
    return found


@cache
def _hann(window: int) -> FLOAT:
    from scipy.signal import get_window

    found: FLOAT = get_window("hann", window)
    return found / found.sum()


def _points(rate: int) -> int:
    """Of the Fourier transform: a power of 2, so fine that the narrowest triangle holds some."""
    return int(2 ** np.ceil(np.log2(2 * rate * WINDOW / 1000)))


@cache
def triangles(rate: int) -> FLOAT:
    """Weights of every frequency in every band. (BANDS, frequencies)"""
    frequencies = np.fft.rfftfreq(_points(rate), 1 / rate)
    top = 2595 * np.log10(1 + rate / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, BANDS + 2) / 2595) - 1)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (frequencies - low) / (middle - low), (high - frequencies) / (high - middle)
    return np.clip(np.minimum(rising, falling), 0, None)
