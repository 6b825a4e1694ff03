"""Adam in three passes over memory: the numbers of `optimizers.adam`, to the bit.

torch takes fourteen, one for every operation, and new memory for each.
"""

import ctypes
from functools import cache

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.engine.fused.build import Unbuildable, load

EXACT = "-ffp-contract=off"  # a * b + c is rounded twice, as by torch
SOURCE = """
void means(long rows, long size, const float *c, const float *restrict g, const float *restrict m,
           const float *restrict v, float *restrict m_new, float *restrict v_new,
           float *restrict square)
{
    for (long n = 0; n < rows * size; n++) {
        m_new[n] = c[0] * m[n] + c[1] * g[n];
        v_new[n] = c[2] * v[n] + c[3] * (g[n] * g[n]);
        square[n] = v_new[n] / c[5];
    }
}
void step(long rows, long size, const float *c, const float *restrict rates,
          const float *restrict p, const float *restrict m, const float *restrict root,
          float *restrict p_new)
{
    for (long row = 0, n = 0; row < rows; row++)
        for (long end = n + size; n < end; n++)
            p_new[n] = p[n] - m[n] / c[4] / (root[n] + c[6]) * rates[row];
}
"""

Moved = tuple[Tensors, Tensors, Tensors]  # weights, running means of g and of g^2


@cache
def _library() -> ctypes.CDLL | None:
    try:
        return load(SOURCE, EXACT)
    except Unbuildable:
        return None


def adam(
    params: Tensors,
    grads: Tensors,
    mean: Tensors,
    squares: Tensors,
    rates: Tensor,
    constants: tuple[float, ...],
) -> Moved | None:
    """A step; None where there is no compiler, or the numbers are others than float32 in memory.

    rates: (S,). constants: of m twice, of v twice, both corrections, what is added to the root.
    """
    every = [rates, *params.values(), *grads.values()]
    library = _library() if all(_plain(part) for part in every) else None
    if library is None:
        return None
    numbers, rates = torch.tensor(constants), rates.contiguous()
    made: Moved = ({}, {}, {})
    for name in params:
        p, g, m, v = (z[name].contiguous() for z in (params, grads, mean, squares))
        p_new, m_new, v_new, root = (torch.empty_like(p) for _ in range(4))
        sizes = ctypes.c_long(len(rates)), ctypes.c_long(p.numel() // len(rates))
        library.means(*sizes, *_places(numbers, g, m, v, m_new, v_new, root))
        root.sqrt_()  # by torch, whose last digits are its own
        library.step(*sizes, *_places(numbers, rates, p, m_new, root, p_new))
        for found, part in zip(made, (p_new, m_new, v_new), strict=True):
            found[name] = part
    return made


def _places(*parts: Tensor) -> list[ctypes.c_void_p]:
    return [ctypes.c_void_p(part.data_ptr()) for part in parts]


def _plain(part: Tensor) -> bool:
    return part.dtype == torch.float32 and part.device.type == "cpu"
