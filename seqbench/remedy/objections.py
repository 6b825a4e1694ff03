"""Objections that several remedies have to a cell or task: what their `suits` answers.

Each gives None where there is no objection, else the sentence that a report prints.
"""

import torch
from torch import Generator

from seqbench.cell import Cell, recurrent_names
from seqbench.task import Task


def needs_loop(cell: Cell, *, square: bool = False) -> str | None:
    """The objection to a cell without recurrent weights, or without square (H x H) ones."""
    if not recurrent_names(cell):
        return "The cell has no recurrent weights."
    if square and not any(cell.params()[name].square for name in recurrent_names(cell)):
        return "The cell has no square recurrent matrix (one from its hidden units to themselves)."
    if square and cell.composed:
        return "The matrix of the cell's loop is made of its weights and is not one of them."
    return None


def needs_memory(cell: Cell) -> str | None:
    """The objection to a cell whose state must not be mixed with an older one."""
    if cell.memory == ():
        return "No part of the cell's state may be mixed with an older one."
    return None


def needs_past(cell: Cell, task: Task, *, by_weights: bool = False) -> str | None:
    """The objection where nothing is handed on from step to step.

    by_weights: also to a cell whose h does not come back, or not by recurrent weights alone.
    """
    if task.io_shape == "one_to_one":
        return "The task has one step only, so nothing is handed on."
    if not cell.remembers:
        return "The cell hands nothing on from step to step."
    if by_weights and not _returns(cell, by=1.0):
        return "The cell hands on what it makes of its hidden state, but not that state itself."
    if by_weights and _returns(cell, by=0.0):
        return "The cell hands its hidden state on without weights, too (a gate, a leak or a sum)."
    return None


def _returns(cell: Cell, by: float) -> bool:
    """Whether h reaches the next state where the recurrent weights are `by` times as large."""
    params = cell.initialize({"I": 1, "H": 8, "O": 1}, Generator().manual_seed(0))
    params |= {name: by * params[name] for name in recurrent_names(cell)}
    x = torch.ones(1, 1)
    h = torch.full((1, 8), 0.5, requires_grad=True)
    with torch.enable_grad():
        _, *rest = cell.step(params, cell.start(x, params), x)  # the first step may be special
        new = torch.cat([part.flatten() for part in cell.step(params, (h, *rest), x)])
        return new.requires_grad and bool(torch.autograd.grad(new.sum(), h)[0].any())
