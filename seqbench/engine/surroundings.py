"""What a task's numbers meet on their way to the steps and from there to the readout."""

from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.engine.passes.unroll import Feed, filled
from seqbench.networks.network import Draw, Network
from seqbench.task import Batch, Task


def entering(
    cell: Cell, weights: Tensors, batch: Batch, draw: Draw | None = None, first: int = 0
) -> Tensor:
    """What goes into the steps. draw: for dropout, in training only; first: the first step's number

    batch.x: (..., T, B, raw) -> (..., T, B, I)
    """
    if isinstance(cell, Network):
        return cell.inputs(weights, batch, draw, first)
    return batch.x


def heard(cell: Cell, h: Tensor, batch: Batch, draw: Draw | None = None) -> Tensor:
    """What the readout hears of the states: (..., A, B, H)"""
    return cell.said(h, batch.valid, draw) if isinstance(cell, Network) else h


def feeding(
    cell: Cell, weights: Tensors, task: Task, batch: Batch, noise: Tensor | None = None
) -> Feed:
    """Free running: each step's input, with the last output (and its noise) put in.

    noise: (T, B, O)
    """
    steps = batch.x.unbind(-3)
    valid = None if batch.valid is None else batch.valid.unbind(-2)

    def feed(t: int, output: Tensor) -> Tensor:
        output = output[..., : len(batch), :]
        x = task.feed(steps[t], output if noise is None else output + noise[t - 1]).unsqueeze(-3)
        one = Batch(x=x, y=x, valid=None if valid is None else valid[t].unsqueeze(-2))
        return filled(weights, entering(cell, weights, one, first=t)).squeeze(-3)

    return feed
