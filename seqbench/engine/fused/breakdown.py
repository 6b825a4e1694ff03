"""Operations that a kernel does not know, in terms of some that it does.

Those that our cells use are here. Of all others torch has a table, but its entries take half a
second to load what they need before the first one runs.
"""

import math
from collections.abc import Callable, Iterator
from functools import cache

import torch
from torch import Tensor
from torch._decomp import core_aten_decompositions, get_decompositions
from torch._ops import OpOverload

from seqbench.engine.fused.lower import knows

Parts = tuple[Tensor | None, ...]


def breakdown(operation: OpOverload) -> Iterator[Callable[..., object]]:
    """What to call instead, best first; nothing, if a kernel knows it or nobody knows better."""
    aliases = any(made.alias_info is not None for made in operation._schema.returns)
    if aliases or knows(operation):
        return
    if own := OURS.get(operation.overloadpacket.__name__):
        yield own
    if theirs := _table().get(operation):
        yield theirs


@cache
def _table() -> dict[OpOverload, Callable[..., object]]:
    aten = torch.ops.aten
    more = [aten.addmm, aten.elu, aten.gelu, aten.hardtanh, aten.leaky_relu, aten._log_softmax]
    return {**core_aten_decompositions(), **get_decompositions(more)}


def sigmoid_backward(d: Tensor, y: Tensor) -> Tensor:
    """Its slope is y (1 - y), by its own output y."""
    return d * (y * (1 - y))


def tanh_backward(d: Tensor, y: Tensor) -> Tensor:
    """Its slope is 1 - y^2, by its own output y."""
    return d * (1 - y * y)


def threshold_backward(d: Tensor, x: Tensor, threshold: float) -> Tensor:
    """What comes back through relu: nothing where x was not above the threshold."""
    return torch.where(x <= threshold, 0, d)


def softplus(x: Tensor, beta: float = 1, threshold: float = 20) -> Tensor:
    """log(1 + e^x), and x itself where that is the same to the last bit; beta 1 only."""
    if beta != 1:
        return NotImplemented
    return torch.where(x > threshold, x, torch.log1p(torch.exp(x)))


def softplus_backward(d: Tensor, x: Tensor, beta: float, threshold: float) -> Tensor:
    """Its slope is s(beta x), s the logistic function, and 1 beyond the threshold."""
    scaled = x * beta
    z = torch.exp(scaled)
    return torch.where(scaled > threshold, d, d * z / (z + 1))


def log_sigmoid_forward(x: Tensor) -> Parts:
    """log s(x) without overflow on either side; e^-|x| is kept for the pass back."""
    z = torch.exp(-x.abs())
    return torch.minimum(torch.zeros(()), x) - torch.log1p(z), z


def log_sigmoid_backward(d: Tensor, x: Tensor, z: Tensor) -> Tensor:
    """Its slope is s(-x), by z = e^-|x| that the pass forward kept."""
    negative = x < 0
    return d * (torch.where(negative, 1, 0) - torch.where(negative, 1, -1) * (z / (1 + z)))


def gelu(x: Tensor, approximate: str = "none") -> Tensor:
    """x P(x), P the normal distribution function; not its approximation by tanh."""
    if approximate != "none":
        return NotImplemented
    return x * 0.5 * (1 + torch.erf(x * math.sqrt(0.5)))


def gelu_backward(d: Tensor, x: Tensor, approximate: str = "none") -> Tensor:
    """Its slope is P(x) + x p(x), p the normal density."""
    if approximate != "none":
        return NotImplemented
    below = 0.5 * (1 + torch.erf(x * math.sqrt(0.5)))
    density = math.sqrt(0.5 / math.pi) * torch.exp(x * x * -0.5)
    return d * (below + x * density)


def _softmax(x: Tensor, axis: int, half_to_float: bool) -> Tensor:
    powers = torch.exp(x - x.amax(axis, keepdim=True))
    return powers / powers.sum(axis, keepdim=True)


def _softmax_backward_data(d: Tensor, y: Tensor, axis: int, dtype: torch.dtype) -> Tensor:
    slope = d * y
    return slope - y * slope.sum(axis, keepdim=True)


def slice_backward(d: Tensor, sizes: list[int], axis: int, *cut: int) -> Tensor:
    """What comes back to a slice, with zeros around it."""
    return torch.slice_scatter(d.new_zeros(sizes), d, axis, *cut)


def masked_fill(x: Tensor, mask: Tensor, value: float | Tensor) -> Tensor:
    """`value` where the mask is true, else x."""
    return torch.where(mask, value, x)


def var_mean(
    x: Tensor, dim: list[int] | None = None, *, correction: float = 1, keepdim: bool = False
) -> tuple[Tensor, Tensor]:
    """Variance and mean over these axes; None: over all."""
    axes = dim if dim is not None else list(range(x.dim()))
    count = math.prod(x.shape[axis] for axis in axes)
    mean = x.sum(axes, keepdim=True) / count
    var = (x - mean).square().sum(axes, keepdim=keepdim) / (count - correction)
    return var, mean if keepdim else mean.sum(axes)


def native_layer_norm(
    x: Tensor, shape: list[int], weight: Tensor | None, bias: Tensor | None, eps: float
) -> Parts:
    """Layer normalization; returns y, mean and 1 / deviation, as its pass back wants them."""
    axes = list(range(x.dim() - len(shape), x.dim()))
    var, mean = var_mean(x, axes, correction=0, keepdim=True)
    scale = torch.rsqrt(var + eps)
    y = (x - mean) * scale
    y = y if weight is None else y * weight
    return y if bias is None else y + bias, mean, scale


def native_layer_norm_backward(
    d: Tensor,
    x: Tensor,
    shape: list[int],
    mean: Tensor,
    scale: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    wanted: list[bool],
) -> Parts:
    """Gradients of x, weight and bias; None for those that are not `wanted`."""
    inner = list(range(x.dim() - len(shape), x.dim()))
    outer, count = list(range(inner[0])), math.prod(shape)
    y = (x - mean) * scale
    dy = d if weight is None else d * weight
    along = y * (dy * y).sum(inner, keepdim=True)
    dx = (scale / count) * (dy * count - dy.sum(inner, keepdim=True) - along)
    return (
        dx if wanted[0] else None,
        (d * y).sum(outer) if wanted[1] else None,
        d.sum(outer) if wanted[2] else None,
    )


OURS: dict[str, Callable[..., object]] = {
    function.__name__: function
    for function in (
        sigmoid_backward, tanh_backward, threshold_backward, softplus, softplus_backward,
        log_sigmoid_forward, log_sigmoid_backward, gelu, gelu_backward, _softmax,
        _softmax_backward_data, slice_backward, masked_fill, var_mean, native_layer_norm,
        native_layer_norm_backward,
    )
}  # fmt: skip
