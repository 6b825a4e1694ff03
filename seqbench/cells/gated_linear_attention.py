"""Gated linear attention (GLA)

    q, k, v, z = x_t W^T + b                 four blocks of H
    a = s(z)^{1 / tau}                       one gate for every key
    S_t = S_{t-1} diag(a) + v k^T            H x H numbers
    h_t = S_t q / sqrt(H)

Gradient: n steps back multiply what is stored under a key by its gates since then and nothing else:
it vanishes where the inputs closed them, but cannot explode.
Not RetNet (decay is a constant, q and k turn with time), not HGRN2 (k = 1 - a), and not the delta
rule: what is stored is added to what lies under the same key, not put in its place.
Our deviation: one head and only the layer, without norm, output gate, projection and depth; the
gate's map has full rank; q, k and v have a bias, as x may be 0.
Source: yang2024gated
"""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor
from torch.nn.functional import logsigmoid

from seqbench.axes import State, Tensors
from seqbench.cell import Family, Param
from seqbench.cells._matrix_memory import MatrixMemory, matrix, read, write
from seqbench.knobs import Positive


@dataclass(frozen=True, kw_only=True)
class GatedLinearAttention(MatrixMemory):
    """Knobs:
    tau:  how far the gates begin from closed: at 16 half open is 0.96.
    """

    family: ClassVar[Family] = "linear_attention"
    state: ClassVar[tuple[str, ...]] = ("h", "S")
    memory: ClassVar[tuple[str, ...]] = ("S",)
    gates: ClassVar[tuple[str, ...]] = ("q", "k", "v", "a")
    forget: ClassVar[dict[str, int]] = {"a": 1}
    linear: ClassVar[bool] = True

    tau: Positive = 16.0

    def params(self) -> dict[str, Param]:
        own = super().params()
        return {"W": own["W"], "b": own["b"]}

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        q, k, v, z = (x @ params["W"].mT + params["b"]).chunk(4, -1)
        a = (logsigmoid(z) / self.tau).exp().unsqueeze(-2)  # (..., B, 1, H)
        S = a * matrix(state[1], H := q.shape[-1]) + write(v, k)
        return read(S, q) / H**0.5, S.flatten(-2)
