"""Fast-slow recurrent network of LSTMs (FS-LSTM)

    h, c = LSTM_1(x_t, h_{t-1}, c_{t-1})     fast: one state goes through all layers of a step
    k_t, e_t = LSTM_k(h, k_{t-1}, e_{t-1})   slow: K = H units, updated once per step
    h, c = LSTM_2(k_t, h, c)
    h_t, c_t = LSTM_l(h, c)                  for l = 3 to depth, without input

Gradient: on the fast way a step back goes through `depth` LSTMs, each with an s(f) of its own, on
the slow one through a single LSTM, so what is to last is better kept there.
Not a stack of recurrent layers: the slow cell stands between two layers of the fast one, which
share a state. Not clocks, as in `clockwork`: slow is who has fewer layers per step.
Our deviation: no layer normalization, zoneout and dropout; as many slow units as fast ones.
Source: mujika2017
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param
from seqbench.knobs import Several


@dataclass(frozen=True, kw_only=True)
class Fsrnn(Cell):
    family: ClassVar[Family] = "lstm"
    state: ClassVar[tuple[str, ...]] = ("h", "c", "k", "e")
    gates: ClassVar[tuple[str, ...]] = ("i", "f", "g", "o")
    forget: ClassVar[dict[str, int]] = {"f": 1}
    admit: ClassVar[dict[str, int]] = {"i": 1}
    depth: Several = 2  # fast layers; 2 or 4 in the paper

    def letters(self, units: int) -> dict[str, int]:
        return {"K": units}

    def params(self) -> dict[str, Param]:
        weights = {"W": Param("H", "I", "input", self.gates)}
        weights["V_k"] = Param("K", "H", "recurrent", self.gates)
        weights["V_2"] = Param("H", "K", "recurrent", self.gates)
        for name, units in [("k", "K"), *((str(i), "H") for i in range(1, self.depth + 1))]:
            weights[f"U_{name}"] = Param(units, units, "recurrent", self.gates)
            weights[f"b_{name}"] = Param("1", units, "bias", self.gates)
        return weights

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        def lstm(name: str, net: Tensor | float, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
            net = net + h @ params[f"U_{name}"].mT + params[f"b_{name}"]
            i, f, g, o = net.chunk(4, -1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            return torch.sigmoid(o) * torch.tanh(c), c

        h, c = lstm("1", x @ params["W"].mT, *state[:2])
        k, e = lstm("k", h @ params["V_k"].mT, *state[2:])
        h, c = lstm("2", k @ params["V_2"].mT, h, c)
        for layer in range(3, self.depth + 1):
            h, c = lstm(str(layer), 0.0, h, c)
        return h, c, k, e
