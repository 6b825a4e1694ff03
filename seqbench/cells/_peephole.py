"""The peephole LSTM in pieces, for the cells that leave one out or replace one (Greff et al. 2017).

i, f, g, o = x_t W^T + h_{t-1} U^T + b
c_t = hold(s(f + p_f * c_{t-1}), i') * c_{t-1} + i' * enter(g),   i' = s(i + p_i * c_{t-1})
h_t = s(o + p_o * c_t) * leave(c_t)
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param, affine


@dataclass(frozen=True, kw_only=True)
class Peephole(Cell):
    """A gate that is not among `gates` has no weights and stands open: it is 1."""

    family: ClassVar[Family] = "lstm"
    state: ClassVar[tuple[str, ...]] = ("h", "c")

    def params(self) -> dict[str, Param]:
        seeing = tuple(gate for gate in self.gates if gate != "g")
        return super().params() | {"p": Param("1", "H", "peephole", seeing)}

    def hold(self, f: Tensor, i: Tensor) -> Tensor:
        """How much of the old cell stays, given the forget gate and the input gate."""
        return f

    def enter(self, g: Tensor) -> Tensor:
        """The input activation."""
        return torch.tanh(g)

    def leave(self, c: Tensor) -> Tensor:
        """The output activation."""
        return torch.tanh(c)

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, c = state
        net = _by_name(self.gates, affine(params, x, h))
        p = _by_name(self.params()["p"].gates, params["p"])

        def gate(name: str, c: Tensor) -> Tensor:
            return torch.sigmoid(net[name] + p[name] * c) if name in p else torch.ones_like(c)

        i = gate("i", c)
        c = self.hold(gate("f", c), i) * c + i * self.enter(net["g"])
        return gate("o", c) * self.leave(c), c


def _by_name(names: tuple[str, ...], blocks: Tensor) -> Tensors:
    return dict(zip(names, blocks.chunk(len(names), -1), strict=True))
