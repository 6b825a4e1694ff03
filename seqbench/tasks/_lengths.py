"""Sequences of different lengths side by side."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def padded(sequences: Sequence[NDArray[np.generic]], steps: int) -> tuple[Tensor, Tensor]:
    """Sequences (t, ...) with zeros behind them, (steps, N, ...), and what is valid, (steps, N)."""
    first = sequences[0]
    found = np.zeros((steps, len(sequences), *first.shape[1:]), first.dtype)
    for n, sequence in enumerate(sequences):
        found[: len(sequence), n] = sequence
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    return torch.from_numpy(found), (torch.arange(steps)[:, None] < lengths).float()
