"""A simple recurrent network trained by torch alone: its cell, its optimizer, its loop."""

from collections.abc import Callable

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.engine.stack import Stack
from seqbench.task import Batch

Inputs = Callable[[int, int, Tensor, list[Tensor]], Tensor]  # update, step, x_t, outputs -> x_t


def weights(stack: Stack, row: int = 0) -> Tensors:
    """The weights of a row, as they are now."""
    return {name: part[row].clone() for name, part in stack.params.items()}


def trained(
    first: Tensors, batches: list[Batch], rate: float, last: bool, inputs: Inputs
) -> Tensors:
    """After one update of stochastic gradient descent for each batch: squared errors, masked."""
    H, width = first["W"].shape
    cell, readout = torch.nn.RNNCell(width, H), torch.nn.Linear(H, len(first["W_out"]))
    named = {
        "W": cell.weight_ih, "U": cell.weight_hh, "b": cell.bias_hh,
        "W_out": readout.weight, "b_out": readout.bias,
    }  # fmt: skip
    with torch.no_grad():
        cell.bias_ih.zero_()
        for name, part in named.items():
            part.copy_(first[name].reshape(part.shape))
    descent = torch.optim.SGD([*named.values()], rate)
    for k, batch in enumerate(batches):
        h, said = torch.zeros(len(batch), H), list[Tensor]()
        for t, x in enumerate(batch.x):
            h = cell(inputs(k, t, x, said), h)
            said.append(readout(h))
        outputs = torch.stack(said[-1:] if last else said)
        errors = (outputs - batch.y).square().mean(-1)
        mask = torch.ones_like(errors) if batch.mask is None else batch.mask
        descent.zero_grad()
        ((errors * mask).sum() / mask.sum()).backward()
        descent.step()
    return {name: part.detach().reshape(first[name].shape) for name, part in named.items()}
