"""Small initial recurrent weights

    U_0 <- a U_0

Gradient: it begins with a factor per step below 1, so it cannot explode at first and vanishes
faster; nothing holds the weights small later.
Not a penalty, which acts throughout, and not a small initialization of the input weights.
Source: lukosevicius2009, pascanu2013
"""

from dataclasses import dataclass

from seqbench.axes import Tensors
from seqbench.cell import Cell, recurrent_names
from seqbench.knobs import Positive
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_loop
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class SmallInit(Remedy):
    """Knobs:
    scale:  a; the spectral radius becomes a times the cell's own.
    """

    scale: Positive = 0.1

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_loop(cell)

    def initialize(self, params: Tensors, at: At) -> Tensors:
        return params | {name: self.scale * params[name] for name in recurrent_names(at.cell)}
