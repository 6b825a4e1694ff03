"""Max-norm constraint on every unit's incoming weights

    w_i <- w_i min(1, c / ||w_i||)      i: a row of a matrix; of a recurrent vector, every number

Gradient: an H x H matrix with such rows stretches nothing by more than c sqrt(H), so explosions are
bounded but not excluded; what vanishes goes on vanishing.
Not weight decay, which pulls on small weights too. Not the max-norm of a matrix, the least product
of its factors' largest row norms (Srebro and Shraibman 2005), from which it has the name.
Source: hinton2012, srebro2005, srivastava2014
"""

from dataclasses import dataclass

import torch

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.knobs import Positive
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_loop
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class MaxNorm(Remedy):
    """Knobs:
    limit:       c; 3 to 4 in the papers. A unit's initial recurrent weights have about 1.
    also_input:  bound the input weights, too, by themselves.
    """

    limit: Positive = 3.0
    also_input: bool = False

    def suits(self, cell: Cell, task: Task) -> str | None:
        return None if self.also_input else needs_loop(cell)

    def initialize(self, params: Tensors, at: At) -> Tensors:
        return self.project(params, at)

    def project(self, params: Tensors, at: At) -> Tensors:
        roles, kept = ("recurrent", "input") if self.also_input else ("recurrent",), dict(params)
        for name, param in at.cell.params().items():
            if param.role in roles:
                w = params[name].double()  # or a row of 1e20 would have an infinite length
                row = torch.linalg.vector_norm(w, dim=-1, keepdim=True)
                length = w.abs() if param.rows == "1" else row
                kept[name] = (w * (self.limit / length.clamp(min=self.limit))).to(params[name])
        return kept
