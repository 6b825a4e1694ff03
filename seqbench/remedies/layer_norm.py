"""Layer normalization of the state

    h_t <- a (h_t - mean(h_t)) / sqrt(var(h_t) + 10^-5)      mean and var: over the units of a layer

Gradient: a step back first loses what goes along h and along the mean, and is divided by the
spread of h: a loop that stretches h is divided by as much, so its scale neither explodes nor
vanishes. Where h hardly varies it is multiplied by up to 300 a.
Not the layer-normalized LSTM (`lstm_layernorm`), where sums inside the gates are normalized, as in
the paper; a remedy has the state only. Not batch normalization: every sequence and step by itself.
Our deviation: gain and bias are constants, a and 0; the authors train one of each per unit.
Source: ba2016
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

from seqbench.axes import State
from seqbench.cell import Cell, blend
from seqbench.knobs import Positive
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_past
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class LayerNorm(Remedy):
    """Knobs:
    gain:  a, the root mean square of what h becomes; below 1 units stay off the ends of tanh.
    """

    gain: Positive = 0.5

    def suits(self, cell: Cell, task: Task) -> str | None:
        kept = cell.state if cell.memory is None else cell.memory
        if not set(cell.hiddens) <= set(kept):
            return "What the cell says does not come back to it, or must not be changed."
        return needs_past(cell, task)

    def advance(self, past: Sequence[State], new: State, at: At) -> State:
        def normalized(name: str, before: Tensor, after: Tensor) -> Tensor:
            if name not in at.cell.hiddens:
                return after
            return self.gain * functional.layer_norm(after, after.shape[-1:], eps=1e-5)

        return blend(at.cell, past[-1], new, normalized)
