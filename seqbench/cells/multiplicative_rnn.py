"""Multiplicative RNN (MRNN)

    m_t = (x_t V^T) * (h_{t-1} U^T)          H factors; the input chooses the transition
    h_t = tanh(x_t W^T + m_t R^T + b)

Gradient: a step back multiplies it by diag(tanh') R diag(x_t V^T) U, another matrix for every
input: in one and the same network it explodes at large inputs and vanishes at small ones.
Not the tensor RNN, which keeps a whole matrix for every input: R diag(x_t V^T) U is its factored
form. Not the multiplicative LSTM (`lstm_multiplicative`), which adds gates.
Made for text, one symbol of many at a time: at an input of zeros the loop is cut, all is forgotten.
Our deviation: trained by gradient descent, not by Hessian-free optimization.
Source: sutskever2011
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, Param


@dataclass(frozen=True, kw_only=True)
class MultiplicativeRnn(Cell):
    family: ClassVar[Family] = "simple"

    def params(self) -> dict[str, Param]:
        return super().params() | {
            "V": Param("H", "I", "input"),
            "R": Param("H", "H", "recurrent"),
        }

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        m = (x @ params["V"].mT) * (h @ params["U"].mT)
        return (torch.tanh(x @ params["W"].mT + m @ params["R"].mT + params["b"]),)
