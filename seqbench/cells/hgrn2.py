"""HGRN2, a gated linear recurrence with an outer product

    q, f, v = x_t W^T + b                    three blocks of H; q: then of silu
    a = s(f)                                 one gate for every key
    S_t = S_{t-1} diag(a) + v (1 - a)^T      H x H numbers
    h_t = S_t q / sqrt(H)

Gradient: n steps back multiply what is stored under a key by its gates since then and nothing else:
it vanishes where the inputs closed them, but cannot explode.
Not gated linear attention, whose keys are a map of their own: here a key is what the gate gave up,
so a memory that holds on is not written to. Not HGRN, whose memory is a vector.
Our deviation: one head and only the layer, without norm and projection; all have a bias, as x may
be 0. No lower bound of the gates, which is 0 in the first of their layers.
Source: qin2024
"""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Family, Param
from seqbench.cells._delta_rule import sigmoid
from seqbench.cells._matrix_memory import MatrixMemory, matrix, read, write


@dataclass(frozen=True, kw_only=True)
class Hgrn2(MatrixMemory):
    family: ClassVar[Family] = "linear_attention"
    state: ClassVar[tuple[str, ...]] = ("h", "S")
    memory: ClassVar[tuple[str, ...]] = ("S",)
    gates: ClassVar[tuple[str, ...]] = ("q", "f", "v")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    linear: ClassVar[bool] = True

    def params(self) -> dict[str, Param]:
        own = super().params()
        return {"W": own["W"], "b": own["b"]}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        q, f, v = (x @ params["W"].mT + params["b"]).chunk(3, -1)
        q, a, k = q * sigmoid(q), sigmoid(f), sigmoid(-f)
        S = a.unsqueeze(-2) * matrix(state[1], H := q.shape[-1]) + write(v, k)
        return read(S, q) / H**0.5, S.flatten(-2)
