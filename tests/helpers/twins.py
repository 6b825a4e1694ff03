"""A cell beside other people's code: the same numbers and the same gradients."""

from collections.abc import Callable

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import READOUT, Cell
from tests.helpers.cells import draw, hidden, inputs
from tests.helpers.sequences import far

STEPS = 11  # unlike the units and the sequences: a wrong layout cannot go unnoticed
EXACT = 1e-12
Twin = Callable[[Cell, Tensors, Tensor], Tensor]  # (T, B, I) -> (T, B, H)


def compare(cell: Cell, twin: Twin, close: float = EXACT) -> None:
    """h of every step and the gradient of every weight, in relative distance."""
    x = inputs(steps=STEPS)
    params = {k: v.requires_grad_() for k, v in draw(cell).items() if k not in READOUT}
    readout = {k: v for k, v in draw(cell).items() if k in READOUT}
    ours, theirs = hidden(cell, params | readout, x), twin(cell, params, x)
    assert ours.shape == theirs.shape and far(ours, theirs) <= close
    slopes = [torch.autograd.grad(h.square().sum(), list(params.values())) for h in (ours, theirs)]
    for name, our_slope, their_slope in zip(params, *slopes, strict=True):
        assert far(our_slope, their_slope) <= close, name
