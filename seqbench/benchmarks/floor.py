"""The least that an LSTM costs: its multiplications at this machine's best rate, and its gates.

Forward, backward to the state and backward to the weights are one product each of (B, H + I) with
(H + I, 4H); the gates are five values of the logistic function or tanh per unit, forward only.
What is stored, loaded and multiplied element by element is left out: no program is as fast.
"""

from dataclasses import dataclass

import torch

from seqbench.benchmarks.grid import Case
from seqbench.benchmarks.measure import seconds_of

SIZE = 512  # three matrices of a megabyte: the second-level cache holds them
GATES = 2**15
ROUNDS = 30
PRODUCTS, BLOCKS, ACTIVATIONS = 3, 4, 5


@dataclass(frozen=True)
class Rates:
    """What this machine does at best, with one thread (or on its accelerator)."""

    products: float  # of matrices, in GFLOP/s
    activations: float  # values of sigmoid or tanh, in billions per second

    def microseconds(self, case: Case, inputs: int) -> float:
        """The floor of an LSTM, per time step per trial."""
        flops = PRODUCTS * 2 * case.batch * (case.hidden + inputs) * BLOCKS * case.hidden
        gates = ACTIVATIONS * case.batch * case.hidden
        return flops / self.products / 1e3 + gates / self.activations / 1e3


def rates(device: torch.device) -> Rates:
    """The best of some tries: whatever else the machine does can only slow it down."""
    a, b = torch.randn(2, SIZE, SIZE, device=device)
    product, gates = torch.empty_like(a), torch.randn(GATES, device=device)
    out = torch.empty_like(gates)
    runs = (
        lambda: torch.mm(a, b, out=product),
        lambda: torch.sigmoid(gates, out=out),
        lambda: torch.tanh(gates, out=out),
    )
    best = [min(seconds_of(run, 4, device) for _ in range(ROUNDS)) for run in runs]
    _, logistic, tanh = best
    return Rates(2 * SIZE**3 / best[0] / 1e9, GATES * 5 / (3 * logistic + 2 * tanh) / 1e9)
