"""Gated DeltaNet

    q, k, v = x_t W^T + b                    three blocks of H; q, k: then of silu, to length 1
    beta = s(x_t w^T + c)                    one number; twice that for eigenvalues -1..1
    a = exp(-A softplus(x_t w_a^T + c_a))    one number; trained is log A
    S_t = a S_{t-1} (I - beta k k^T) + beta v k^T            H x H numbers
    h_t = S_t q

Gradient: as in delta_net, and a for every step: what no later key writes over, the gate can erase
at once. It vanishes where that happened, but cannot explode.
Not Mamba-2, which has the gate but adds to what lies under a key.
Our deviation: that of delta_net; A starts at 1, where their many heads each draw one.
Source: yang2025
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor

from seqbench.axes import Tensors
from seqbench.cell import Param, hold_on
from seqbench.cells._delta_rule import DeltaRule
from seqbench.cells._log_sigmoid import log_sigmoid


@dataclass(frozen=True, kw_only=True)
class GatedDeltaNet(DeltaRule):
    gates: ClassVar[tuple[str, ...]] = ("q", "k", "v", "beta", "a")
    forget: ClassVar[dict[str, int]] = {"a": -1}

    def params(self) -> dict[str, Param]:
        own = {"w_a": Param("G", "I", "input", ("a",)), "c_a": Param("1", "G", "bias", ("a",))}
        return super().params() | own | {"log_A": Param("1", "G", "scale", ("a",))}

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        weights = super().initialize(sizes, stream)
        rate = 0.001 * 100 ** torch.rand(1, 1, generator=stream)  # softplus(c_a) at x = 0
        return hold_on(self, weights | {"c_a": rate.expm1().log()})

    def kept(self, params: Tensors, S: Tensor, x: Tensor) -> Tensor:
        # softplus(z) = -log s(-z)
        log_a = log_sigmoid(-(x @ params["w_a"].mT + params["c_a"])) * params["log_A"].exp()
        return log_a.exp().unsqueeze(-1) * S
