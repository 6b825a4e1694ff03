"""The delta rule: what is stored under a key is corrected, not added to."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Family, Param
from seqbench.cells._matrix_memory import MatrixMemory, matrix, read, write


@dataclass(frozen=True, kw_only=True)
class DeltaRule(MatrixMemory):
    """Knobs:
    eigenvalues:  those that a step can have; -1..1 doubles beta.
    """

    family: ClassVar[Family] = "linear_attention"
    state: ClassVar[tuple[str, ...]] = ("h", "S")
    memory: ClassVar[tuple[str, ...]] = ("S",)
    gates: ClassVar[tuple[str, ...]] = ("q", "k", "v", "beta")

    eigenvalues: Literal["0..1", "-1..1"] = "0..1"

    def params(self) -> dict[str, Param]:
        maps, one = ("q", "k", "v"), ("beta",)
        own = {"W": Param("H", "I", "input", maps), "b": Param("1", "H", "bias", maps)}
        return own | {"w": Param("G", "I", "input", one), "c": Param("1", "G", "bias", one)}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        q, k, v = (x @ params["W"].mT + params["b"]).chunk(3, -1)
        q, k = unit(q * sigmoid(q)), unit(k * sigmoid(k))
        z = x @ params["w"].mT + params["c"]
        beta = sigmoid(z) if self.eigenvalues == "0..1" else 2 * sigmoid(z)
        S = self.kept(params, matrix(state[1], k.shape[-1]), x)
        S = S + write(beta * (v - read(S, k)), k)
        return read(S, q), S.flatten(-2)

    def kept(self, params: Tensors, S: Tensor, x: Tensor) -> Tensor:
        """What is left of S before it is written to: all of it. (..., B, H, H)"""
        return S


def sigmoid(z: Tensor) -> Tensor:
    """By tanh, with the same bits in any stack."""
    return 0.5 + 0.5 * torch.tanh(z / 2)


def unit(z: Tensor) -> Tensor:
    """Vectors of length 1; one of nearly 0 stays there, as in the authors' code."""
    return z * (z.square().sum(-1, keepdim=True) + 1e-6).rsqrt()
