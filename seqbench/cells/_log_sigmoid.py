"""The logarithm of the logistic function, with the same bits in any stack, twice differentiable."""

from torch import Tensor


def log_sigmoid(z: Tensor) -> Tensor:
    """log s(z), for vectors too short to fill a register: torch's own rounds these otherwise."""
    return z.clamp(max=0) - (-z.abs()).exp().log1p()
