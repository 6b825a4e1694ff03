"""Jordan network: the loop leaves the output layer

    h_t = tanh(x_t W^T + c_{t-1} V^T + b)
    y_t = g(h_t W_out^T + b_out)             the network's own output, by the readout's weights
    c_t = mu c_{t-1} + y_t                   the context: as wide as the output

Gradient: it goes back through V, g' and W_out, so a step passes on at most O directions; all that
the network remembers is O numbers, and where more is asked it lacks capacity before gradient.
Not teacher forced: it reads what it said itself, at every step, also where only the last is asked.
Not the Elman network (`rnn`), whose loop leaves the hidden layer.
Source: jordan1986
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param
from seqbench.knobs import Fraction

_G = {"tanh": torch.tanh, "identity": lambda y: y, "softmax": lambda y: torch.softmax(y, -1)}


@dataclass(frozen=True, kw_only=True)
class Jordan(Cell):
    """Knobs:
    feedback:  g. Bounded by default: Jordan's output units were squashed, and a linear output
               would scale the loop's gain with the targets. The scored output stays linear.
    decay:     mu, how much of its old context the network keeps.
    """

    family: ClassVar[Family] = "simple"
    memory: ClassVar[tuple[str, ...]] = ("c",)
    state: ClassVar[tuple[str, ...]] = ("h", "c")
    reads_output: ClassVar[bool] = True

    feedback: Literal["tanh", "identity", "softmax"] = "tanh"
    decay: Fraction = 0.0

    def params(self) -> dict[str, Param]:
        own = super().params()
        return {"W": own["W"], "V": Param("H", "O", "recurrent"), "b": own["b"]}

    def start(self, x: Tensor, params: Tensors) -> State:
        h, _ = super().start(x, params)
        return h, x.new_zeros(*x.shape[:-1], params["W_out"].shape[-2])

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        _, c = state
        h = torch.tanh(x @ params["W"].mT + c @ params["V"].mT + params["b"])
        y = _G[self.feedback](h @ params["W_out"].mT + params["b_out"])
        return h, self.decay * c + y
