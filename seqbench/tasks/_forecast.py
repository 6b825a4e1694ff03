"""A window of the past in, and all that is asked of the future out at its end."""

import numpy as np
import torch
from numpy.typing import NDArray

from seqbench.task import Batch


def direct(seen: NDArray[np.float64], asked: NDArray[np.float64]) -> Batch:
    """Windows (N, T, V), and what comes, (N, steps, V), as one answer of steps x V numbers."""
    x = np.ascontiguousarray(seen.transpose(1, 0, 2), np.float32)
    y = np.ascontiguousarray(asked.reshape(1, len(asked), -1), np.float32)
    return Batch(x=torch.from_numpy(x), y=torch.from_numpy(y))
