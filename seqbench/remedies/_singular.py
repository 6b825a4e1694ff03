"""A matrix with other singular values."""

from collections.abc import Callable

import torch
from torch import Tensor


def with_singular_values(G: Tensor, change: Callable[[Tensor], Tensor]) -> Tensor:
    """L change(S) R^T from G = L S R^T, in float64. G: (..., H, H), S: (..., H), largest first

    What is no number stays so, and harms no neighbor.
    """
    left, S, right = torch.linalg.svd(G.double().nan_to_num(0, 0, 0))  # which refuses a NaN for all
    return ((left * change(S)[..., None, :]) @ right).to(G) + 0 * G
