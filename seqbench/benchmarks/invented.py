"""A cell that no library has: what somebody writes down on a Tuesday, to see how fast it trains.

    i, f, g, o = x_t W^T + h_{t-1} U^T + b   four blocks of H
    c_t = s(f) * c_{t-1} + s(i) * sin(g)
    h_t = s(o + p * c_t) * c_t / (1 + |c_t|)

About as much arithmetic as a peephole LSTM, so that one is its fair anchor.
"""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param, affine


@dataclass(frozen=True, kw_only=True)
class Invented(Cell):
    """The cell above."""

    family: ClassVar[Family] = "lstm"
    state: ClassVar[tuple[str, ...]] = ("h", "c")
    gates: ClassVar[tuple[str, ...]] = ("i", "f", "g", "o")

    def params(self) -> dict[str, Param]:
        return super().params() | {"p": Param("1", "H", "peephole", ("o",))}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, c = state
        i, f, g, o = affine(params, x, h).chunk(4, -1)
        c = f.sigmoid() * c + i.sigmoid() * g.sin()
        return (o + params["p"] * c).sigmoid() * c / (1 + c.abs()), c
