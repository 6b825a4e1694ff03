"""FastGRNN

    a_t = x_t W^T + h_{t-1} U^T                             shared by gate and candidate
    z_t = s(a_t + b_z)
    n_t = tanh(a_t + b_n)
    h_t = (s(zeta) (1 - z_t) + s(nu)) * n_t + z_t * h_{t-1}   zeta, nu: two numbers, also trained

Gradient: the straight path back multiplies it by z, which the cell can hold near 1; every other
path goes through the one matrix U.
Not `ugrnn`, which has matrices for gate and candidate each.
As in the authors' code, zeta starts at 1, nu at -4, both biases at 1, and W and U normal with the
deviation .1 however wide they are.
Our deviation: W and U stay whole; low rank, sparsity and quantization are compression, left out.
Source: kusupati2018
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class Fastgrnn(Cell):
    """Knobs:
    gain:  how many times .1 the deviation of U is, for any H.
    """

    family: ClassVar[Family] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("a", "z", "n")
    forget: ClassVar[dict[str, int]] = {"z": 1}

    def params(self) -> dict[str, Param]:
        return {
            "W": Param("H", "I", "input", ("a",)),
            "U": Param("H", "H", "recurrent", ("a",)),
            "b": Param("1", "H", "bias", ("z", "n"), start=1.0),
            "zeta": Param("1", "1", "scale", ("n",), start=1.0),
            "nu": Param("1", "1", "scale", ("n",), start=-4.0),
        }

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        weights = super().initialize(sizes, stream)
        for name, times in (("W", 1), ("U", self.gain)):
            weights[name] = 0.1 * times * torch.randn(weights[name].shape, generator=stream)
        return weights

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        a = x @ params["W"].mT + h @ params["U"].mT
        b_z, b_n = params["b"].chunk(2, -1)
        zeta, nu = torch.sigmoid(params["zeta"]), torch.sigmoid(params["nu"])
        z, n = torch.sigmoid(a + b_z), torch.tanh(a + b_n)
        return ((zeta * (1 - z) + nu) * n + z * h,)
