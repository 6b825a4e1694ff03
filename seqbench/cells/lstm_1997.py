"""The original LSTM, without forget gate

    i, g, o = x_t W^T + h_{t-1} U^T + b      three blocks of H; b_i starts at input_biases
    c_t = c_{t-1} + s(i) * (4 s(g) - 2)      what enters lies in [-2, 2]
    h_t = s(o) * (2 s(c_t) - 1)              what leaves lies in [-1, 1]

Gradient: along c it comes back unchanged (the constant error carousel); with `cut` no other path
leads back in time, as in the paper's training; without it the paths through the gates can explode.
Not the LSTM of today (`lstm`, with forget gate and tanh), nor torchrecurrent's OriginalLSTM, which
has tanh in both places.
Our deviation: one cell per block, and gates see h but not each other. The paper gave each block a
b_i of its own, so that they were not all used at once; here units take the values in turn.
Source: hochreiter1997
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, affine, map_blocks


@dataclass(frozen=True, kw_only=True)
class Lstm1997(Cell):
    """Knobs:
    cut:           truncated gradient: none goes from the gates or g back to h_{t-1}. The forward
                   pass is the same. The paper trains so.
    input_biases:  where b_i starts, unit after unit and then from the first again; -3 and -6 are
                   those of the paper's two blocks on the adding problem. None: 0.
    """

    family: ClassVar[Family] = "lstm"
    state: ClassVar[tuple[str, ...]] = ("h", "c")
    gates: ClassVar[tuple[str, ...]] = ("i", "g", "o")
    admit: ClassVar[dict[str, int]] = {"i": 1}

    cut: bool = False
    input_biases: tuple[float, ...] = (-3.0,)

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        def opened(b: Tensor, gate: str) -> Tensor:
            values = self.input_biases if gate == "i" and self.input_biases else (0.0,)
            return b + b.new_tensor([values[k % len(values)] for k in range(len(b))])

        return map_blocks(self, super().initialize(sizes, stream), "bias", opened)

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, c = state
        i, g, o = affine(params, x, h.detach() if self.cut else h).chunk(3, -1)
        c = c + torch.sigmoid(i) * (4 * torch.sigmoid(g) - 2)
        return torch.sigmoid(o) * (2 * torch.sigmoid(c) - 1), c
