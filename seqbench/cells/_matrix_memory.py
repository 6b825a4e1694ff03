"""A memory that is a matrix, units by keys: what linear attention writes to and reads from."""

from dataclasses import dataclass

from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell


@dataclass(frozen=True, kw_only=True)
class MatrixMemory(Cell):
    """The matrix comes second in the state, flat: (..., B, H * N), unit by unit.

    Letters: N, how many keys there are, and G, a gate that is one number for the whole matrix.
    """

    def letters(self, units: int) -> dict[str, int]:
        return {"G": 1, "N": units}

    def start(self, x: Tensor, params: Tensors) -> State:
        h = super().start(x, params)[0]
        return h, h.repeat_interleave(self.letters(h.shape[-1])["N"], -1)


def matrix(flat: Tensor, keys: int) -> Tensor:
    """A flat matrix by units and keys: (..., B, H * N) -> (..., B, H, N)"""
    return flat.unflatten(-1, (-1, keys))


def write(v: Tensor, k: Tensor) -> Tensor:
    """The value v under the key k, v k^T: (..., B, H), (..., B, N) -> (..., B, H, N)"""
    return v.unsqueeze(-1) * k.unsqueeze(-2)


def read(S: Tensor, q: Tensor) -> Tensor:
    """What lies under the key q, S q: (..., B, H, N), (..., B, N) -> (..., B, H)"""
    return (S * q.unsqueeze(-2)).sum(-1)
