"""Critical initialization (mean field: mean squared singular value 1)

    U_0 <- a U_0,  a such that  E ||J||_F^2 / N = 1      J: Jacobian of one step of the state, N x N

J is measured after 20 inputs from N(0, 1), by random directions; a, the same for all H x H blocks,
is found by bisection in [1/16, 16]. Where none gives 1, the nearest is taken.
Gradient: initially a step back keeps its length, between order (vanishing) and chaos (exploding).
Not dynamical isometry, all singular values at 1 (`orthogonal+critical_init` comes closer to it).
Our deviation: measured for the cell at hand; the authors solve the limit of infinite width.
Source: poole2016, chen2018
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, map_blocks
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_loop
from seqbench.task import Task

STEPS, SEQUENCES = 20, 512  # enough to forget the start; a mean to a few percent
OCTAVES, HALVINGS = 4.0, 12  # log2 of a: from -4 to 4, to 0.002


def _log_gain(cell: Cell, params: Tensors, x: Tensor, v: State) -> float:
    """The logarithm of the mean square of what one step back makes of v from N(0, 1)."""
    with torch.no_grad():
        state = cell.start(x[0], params)
        for x_t in x[:-1]:
            state = cell.step(params, state, x_t)
    past = tuple(part.requires_grad_() for part in state)
    ways = zip(cell.step(params, past, x[-1]), v, strict=True)
    outs, v = zip(*((new, way) for new, way in ways if new.requires_grad), strict=True)  # no clock
    squares = [g.square().sum() for g in torch.autograd.grad(outs, past, v, materialize_grads=True)]
    mean = torch.stack(squares).sum() / sum(way.numel() for way in v)
    return mean.log().nan_to_num(torch.inf, torch.inf, -torch.inf).item()


@dataclass(frozen=True, kw_only=True)
class CriticalInit(Remedy):
    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_loop(cell, square=True)

    def initialize(self, params: Tensors, at: At) -> Tensors:
        def scaled(a: float) -> Tensors:
            return map_blocks(at.cell, params, "recurrent", lambda U, _: a * U)

        inputs = next(params[k].shape[-1] for k, p in at.cell.params().items() if p.columns == "I")
        x = at.noise.normal(STEPS, SEQUENCES, inputs).to(params["W_out"])
        v = tuple(at.noise.normal(*part.shape).to(x) for part in at.cell.start(x[0], params))
        low, middle, high, tried = -OCTAVES, 0.0, OCTAVES, []
        for _ in range(HALVINGS):
            gain = _log_gain(at.cell, scaled(2**middle), x, v)
            tried.append((round(abs(gain), 2), middle))
            low, high = (middle, high) if gain <= 0 else (low, middle)
            middle = (low + high) / 2
        return scaled(2 ** min(tried, key=lambda pair: pair[0])[1])  # of equals the first, a = 1
