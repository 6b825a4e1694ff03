"""Adaptive gradient clipping (unit-wise, AGC)

    g_i <- g_i min(1, c max(||w_i||, e) / ||g_i||)      i: a row of a matrix, a gate's whole vector

Gradient: no unit's incoming weights get a gradient longer than c times themselves, so a layer that
explodes does not silence the others; what has vanished stays vanished.
Not clipping by the joint norm, which keeps the direction and does not look at the weights. The
readout is left alone, as the authors leave the last linear layer.
Source: brock2021
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Param
from seqbench.knobs import Positive
from seqbench.remedy import At, Remedy


def _units(x: Tensor, param: Param) -> Tensor:
    """What is clipped as one, along the last axis: (..., rows, 1, C) or (..., 1, gates, H)"""
    return x.unflatten(-1, (len(param.gates) if param.rows == "1" else 1, -1))


def _length(x: Tensor) -> Tensor:
    """In float64: that of an explosion is finite, too."""
    return torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=torch.float64)


@dataclass(frozen=True, kw_only=True)
class AdaptiveClip(Remedy):
    """Knobs:
    limit:  c. The authors' 0.01 is for batches of 4,096; smaller ones bear more.
    least:  e, the length that counts for weights shorter than it, such as biases that are 0.
    """

    limit: Positive = 0.01
    least: Positive = 1e-3

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        clipped = dict(grads)
        for name, param in at.cell.params().items():
            g, w = _units(grads[name], param), _units(params[name], param)
            factor = (self.limit * _length(w).clamp(self.least) / _length(g)).clamp(max=1)
            clipped[name] = (g * factor).to(g).flatten(-2)
        return clipped
