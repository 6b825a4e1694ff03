"""What tests of cells share: random weights, inputs, and the states through time."""

import numpy as np
import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import READOUT, Cell

INPUTS, H = 3, 8
SIZES = {"I": INPUTS, "H": H, "O": 2}
T, B = 6, 4  # B * H = 32: torch.sigmoid rounds otherwise where a vector register is not filled
CLOSE = {"rtol": 1e-10, "atol": 1e-12}


def draw(
    cell: Cell,
    *front: int,
    scale: float = 0.5,
    dtype: torch.dtype = torch.float64,
    seed: int = 0,
) -> Tensors:
    """Random weights, none of them zero."""
    stream = torch.Generator().manual_seed(seed)
    return {
        name: scale * torch.randn(*front, *shape, generator=stream, dtype=dtype)
        for name, shape in cell.shapes(SIZES).items()
    }


def inputs(
    *front: int,
    steps: int = T,
    batch: int = B,
    width: int = INPUTS,
    dtype: torch.dtype = torch.float64,
    seed: int = 1,
) -> Tensor:
    """Gaussian noise. (..., T, B, I)"""
    stream = torch.Generator().manual_seed(seed)
    return torch.randn(*front, steps, batch, width, generator=stream, dtype=dtype)


def through_time(cell: Cell, params: Tensors, x: Tensor, start: State | None = None) -> list[State]:
    """The state after every step."""
    states = [cell.start(x.unbind(-3)[0], params) if start is None else start]
    for x_t in x.unbind(-3):
        states.append(cell.step(params, states[-1], x_t))
    return states[1:]


def hidden(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
    """What is read out at every step. (T, B, I) -> (T, B, H)"""
    return torch.stack([state[0] for state in through_time(cell, params, x)])


def answers(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
    """The readout of the last three steps, (..., 3, B, O)."""
    h = torch.stack([state[0] for state in through_time(cell, params, x)[-3:]], -3)
    front = params["W_out"].shape[:-2]
    W_out, b_out = (params[k].reshape(*front, 1, *params[k].shape[-2:]) for k in READOUT)
    return h @ W_out.mT + b_out


def with_gradients(cell: Cell, params: Tensors, x: Tensor) -> tuple[Tensor, Tensors]:
    leaves = {k: v.clone().requires_grad_() for k, v in params.items()}
    said = answers(cell, leaves, x)
    grads = torch.autograd.grad(said.square().sum(), list(leaves.values()))
    return said.detach(), dict(zip(leaves, grads, strict=True))


def born(cell: Cell, units: int = H) -> Tensors:
    return cell.initialize(SIZES | {"H": units}, torch.Generator().manual_seed(0))


def s(z: np.ndarray) -> np.ndarray:
    """The logistic function."""
    return 1 / (1 + np.exp(-z))
