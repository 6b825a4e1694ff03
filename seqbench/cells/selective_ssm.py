"""Selective state space model (S6, the recurrence of Mamba)

    u = x_t W^T + b
    d = softplus(u V^T + c)                  how much time a step is to each unit
    B, C = u P^T                             N numbers each, the same for all units
    S_t = exp(d A) * S_{t-1} + (d * u) B^T   H x N numbers; A: less than 0, trained is log -A
    h_t = S_t C + D * u

Gradient: k steps back multiply it by the exp(d A) of each and nothing else: it vanishes where the
inputs made time pass, but cannot explode.
Not S4D, whose d, B and C do not see the input; not Mamba-2, with one A for all units of a head.
Our deviation: only the recurrence of a Mamba block; V has full rank. B is taken times d, as in the
authors' code, not by zero-order hold.
Source: gu2023
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor
from torch.nn.functional import softplus

from seqbench.axes import State, Tensors
from seqbench.cell import Family, Param, hold_on
from seqbench.cells._matrix_memory import MatrixMemory, matrix, read, write
from seqbench.knobs import Size


@dataclass(frozen=True, kw_only=True)
class SelectiveSsm(MatrixMemory):
    family: ClassVar[Family] = "state_space"
    state: ClassVar[tuple[str, ...]] = ("h", "S")
    memory: ClassVar[tuple[str, ...]] = ("S",)
    gates: ClassVar[tuple[str, ...]] = ("h", "d", "B", "C")
    forget: ClassVar[dict[str, int]] = {"d": -1}
    linear: ClassVar[bool] = True
    numbers: Size = 16  # N, for each unit

    def letters(self, units: int) -> dict[str, int]:
        return {"N": self.numbers, "S": units * self.numbers}

    def params(self) -> dict[str, Param]:
        own = {"W": Param("H", "I", "input"), "b": Param("1", "H", "bias")}
        own |= {"V": Param("H", "H", "input", ("d",)), "c": Param("1", "H", "bias", ("d",))}
        own |= {"P": Param("N", "H", "input", ("B", "C")), "log_A": Param("1", "S", "recurrent")}
        return own | {"D": Param("1", "H", "scale", start=1.0)}

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        A = torch.arange(1.0, self.numbers + 1).repeat(1, sizes["H"])
        d = 0.001 * 100 ** torch.rand(1, sizes["H"], generator=stream)
        weights = super().initialize(sizes, stream)
        return hold_on(self, weights | {"log_A": A.log(), "c": d.expm1().log()})

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        u, A = x @ params["W"].mT + params["b"], -matrix(params["log_A"].exp(), self.numbers)
        d = softplus(u @ params["V"].mT + params["c"])
        B, C = (u @ params["P"].mT).chunk(2, -1)
        S = (d.unsqueeze(-1) * A).exp() * matrix(state[1], self.numbers) + write(d * u, B)
        return read(S, C) + params["D"] * u, S.flatten(-2)
