"""Orthogonal matrices, drawn at random."""

import torch
from torch import Tensor

from seqbench.remedy import Noise


def haar(n: int, noise: Noise) -> Tensor:
    """A uniformly drawn orthogonal matrix; without the signs QR prefers some over others."""
    Q, R = torch.linalg.qr(noise.normal(n, n))
    return Q * R.diagonal().sign()
