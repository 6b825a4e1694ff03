"""Edge of stability echo state network (ES2N)

    s_t <- b s_t + (1 - b) O s_{t-1}      s: every part of the state that is memory
    (O s)_i = s_{i-1}, (O s)_1 = s_H      O: orthogonal

Gradient: a step back is a rotation with the factor 1 - b, and b times the cell's own: for small b
every direction shrinks by nearly the same, little, and none explodes.
Not `leaky`, where O = I: there a unit holds what it had, here it hands it on, so that H steps of
the past lie in H units. With `reservoir+ridge_readout` on `rnn` it is the authors' network.
Our deviation: O is the cyclic shift, one for all; the authors draw one at random. The eigenvalues
of both lie evenly on the unit circle.
Source: ceni2025
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import State
from seqbench.cell import Cell, blend
from seqbench.knobs import Fraction
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_memory, needs_past
from seqbench.task import Task


def _shifted(s: Tensor) -> Tensor:
    """O s: (..., B, H)"""
    return torch.cat([s[..., -1:], s[..., :-1]], -1)


@dataclass(frozen=True, kw_only=True)
class Es2n(Remedy):
    """Knobs:
    proximity:  b, the share of the cell's own step; 1 leaves the cell as it is.
    """

    proximity: Fraction = 0.1

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_past(cell, task) or needs_memory(cell)

    def advance(self, past: Sequence[State], new: State, at: At) -> State:
        b = self.proximity
        return blend(at.cell, past[-1], new, lambda _, s, z: b * z + (1 - b) * _shifted(s))
