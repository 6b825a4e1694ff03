"""Frozen recurrent weights (a reservoir with gradient-trained readout)

    dloss/dU <- 0      U, and where asked also W, stay as they began

Gradient: what flows back through time can change only the input weights and biases, so no update
makes the loop explode; it still vanishes or explodes as the initial loop has it.
Not the echo state network's readout in closed form (`ridge_readout`), and not a cut: the gradient
still passes through the loop. In a composition it comes after `gradient_noise`, which else would
move the weights.
Source: jaeger2001, lukosevicius2009
"""

from dataclasses import dataclass

import torch

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_loop
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class FreezeRecurrent(Remedy):
    """Knobs:
    also_input:  freeze the input weights, too.
    """

    also_input: bool = False

    def suits(self, cell: Cell, task: Task) -> str | None:
        if cell.reads_output:
            return "The loop runs through the readout, which has to be trained."
        return needs_loop(cell)

    def frozen(self, cell: Cell) -> set[str]:
        roles = ("recurrent", "input") if self.also_input else ("recurrent",)
        return {name for name, param in cell.params().items() if param.role in roles}

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        still = self.frozen(at.cell)
        return {k: torch.zeros_like(grad) if k in still else grad for k, grad in grads.items()}
