"""DeltaProduct: several steps of the delta rule at each step in time

    q = x_t Q^T + c_q                              then of silu, to length 1
    for j = 1 to householders:                     k_j, v_j and beta_j: blocks of W, b and w, c
        k, v = x_t W_j^T + b_j                     two blocks of H; k: then of silu, to length 1
        beta = s(x_t w_j^T + c_j)                  one number; twice that for eigenvalues -1..1
        S <- S (I - beta k k^T) + beta v k^T       H x H numbers; from S_{t-1} to S_t
    h_t = S_t q

Gradient: a step back multiplies it by a product of so many I - beta k k^T, none of them longer than
1: it cannot explode, and what vanishes was written over.
Not delta_net with a stronger beta: two reflections make a rotation, which one cannot; householders
is how many products a step is made of. With 1 it is delta_net.
Our deviation: that of delta_net; without the gate of their gated variant.
Source: siems2025, yang2024delta
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Family, Param
from seqbench.cells._delta_rule import sigmoid, unit
from seqbench.cells._matrix_memory import MatrixMemory, matrix, read, write
from seqbench.knobs import Size


@dataclass(frozen=True, kw_only=True)
class DeltaProduct(MatrixMemory):
    """Knobs:
    eigenvalues:  those that each of the products can have; -1..1 doubles beta.
    """

    family: ClassVar[Family] = "linear_attention"
    state: ClassVar[tuple[str, ...]] = ("h", "S")
    memory: ClassVar[tuple[str, ...]] = ("S",)
    gates: ClassVar[tuple[str, ...]] = ("q", "k", "v", "beta")

    eigenvalues: Literal["0..1", "-1..1"] = "-1..1"
    householders: Size = 2

    def params(self) -> dict[str, Param]:
        maps, ones = ("k", "v") * self.householders, ("beta",) * self.householders
        own = {"Q": Param("H", "I", "input", ("q",)), "c_q": Param("1", "H", "bias", ("q",))}
        own |= {"W": Param("H", "I", "input", maps), "b": Param("1", "H", "bias", maps)}
        return own | {"w": Param("G", "I", "input", ones), "c": Param("1", "G", "bias", ones)}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        q = x @ params["Q"].mT + params["c_q"]
        kv = (x @ params["W"].mT + params["b"]).chunk(2 * self.householders, -1)
        z = (x @ params["w"].mT + params["c"]).chunk(self.householders, -1)
        S = matrix(state[1], q.shape[-1])
        for k, v, beta in zip(kv[::2], kv[1::2], map(sigmoid, z), strict=True):
            k, beta = unit(k * sigmoid(k)), beta if self.eigenvalues == "0..1" else 2 * beta
            S = S + write(beta * (v - read(S, k)), k)
        return read(S, unit(q * sigmoid(q))), S.flatten(-2)
