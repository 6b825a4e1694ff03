"""Clockwork RNN (CW-RNN)

    h_t[j] = tanh(x_t W^T + h_{t-1} (M * U)^T + b)[j]   where the period of j divides t
    h_t[j] = h_{t-1}[j]                                 where it does not
    m(j) = floor(j modules / H)                         the module of unit j
    period(j) = 2^{m(j)}
    M[i, j] = 1 if m(i) <= m(j), else 0                 a module hears itself and slower ones

Gradient: while a module stands still its own comes back unchanged, so a module of period p makes p
times fewer steps; the fast ones lose theirs as in the simple network.
Not a hierarchy that sums up fast modules for slow ones: here the fast hear the slow. Not the
mirrored matrix of authors who list the slow modules first.
Our deviation: t counts from 0, so the first step moves all modules (the paper does not say); U
begins with standard deviation gain / sqrt(units heard), not 0.1, and its unused part at 0.
Source: koutnik2014
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family
from seqbench.knobs import Size


@dataclass(frozen=True, kw_only=True)
class Clockwork(Cell):
    """Knobs:
    modules:  periods 1, 2, 4, ..., 2^(modules - 1); 7 as for the paper's spoken words.
    """

    family: ClassVar[Family] = "simple"
    state: ClassVar[tuple[str, ...]] = ("h", "t")
    memory: ClassVar[tuple[str, ...]] = ("h",)

    modules: Size = 7

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        weights, m = super().initialize(sizes, stream), self._module(torch.arange(sizes["H"]))
        M = m[:, None] <= m
        return weights | {"U": weights["U"] * M * (sizes["H"] / M.sum(-1, keepdim=True)).sqrt()}

    def start(self, x: Tensor, params: Tensors) -> State:
        return super().start(x, params)[0], x.new_zeros(*x.shape[:-1], 1)

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, t = state
        m = self._module(torch.arange(h.shape[-1], device=h.device))
        heard = h @ (params["U"] * (m[:, None] <= m)).mT
        new = torch.tanh(x @ params["W"].mT + heard + params["b"])
        return torch.where(t % 2.0**m == 0, new, h), t + 1

    def _module(self, units: Tensor) -> Tensor:
        return units * self.modules // len(units)
