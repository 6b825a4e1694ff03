"""Newton's method over time on a tanh network, one step after the other, in NumPy."""

import numpy as np
from numpy.typing import NDArray

from seqbench.records import NEWTON_MOST

Numbers = NDArray[np.floating]


def states(U: Numbers, drive: Numbers) -> Numbers:
    """h_t = tanh(drive_t + U h_{t-1}): (T, H)"""
    true = np.zeros_like(drive)
    for t in range(len(drive)):
        true[t] = np.tanh(drive[t] + (_times(U, true[t - 1]) if t else 0))
    return true


def iterations(U: Numbers, drive: Numbers) -> int:
    """Until all states are those of the loop within 1e-4; NEWTON_MOST + 1: more than are tried."""
    true, guess = states(U, drive), np.zeros_like(drive)
    for count in range(1, NEWTON_MOST + 1):
        guess = _improved(U, drive, guess)
        if np.abs(guess - true).max() <= 1e-4:
            return count
    return NEWTON_MOST + 1


def _improved(U: Numbers, drive: Numbers, guess: Numbers) -> Numbers:
    before = np.vstack([np.zeros_like(guess[:1]), guess[:-1]])
    f, new = np.tanh(drive + _times(U, before)), np.zeros_like(guess)
    moved = np.zeros_like(guess[0])
    for t in range(len(drive)):
        new[t] = f[t] + (1 - f[t] ** 2) * _times(U, moved)
        moved = new[t] - guess[t]
    return new


def _times(U: Numbers, h: Numbers) -> Numbers:
    """U h, in any precision: (H, H), (..., H) -> (..., H)"""
    product: Numbers = (U * h[..., None, :]).sum(-1)
    return product
