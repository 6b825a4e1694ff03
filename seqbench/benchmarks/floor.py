"""The least that an LSTM costs: its multiplications and its gates, with nothing in between.

Forward, backward to the state and backward to the weights are one product each of (B, H + I) with
(H + I, 4H); the gates are five values of the logistic function or tanh per unit, forward only.
What is stored, loaded and multiplied element by element is left out: no program is as fast. It is
a contender like others, as a machine's clock changes from one second to the next.
"""

import torch

from seqbench.benchmarks.grid import Case
from seqbench.benchmarks.measure import Contender

NAME = "arithmetic floor"
SIZE = 512  # matrices of a megabyte: the second-level cache holds them
GATES = 2**15  # numbers at once
PRODUCTS, BLOCKS, ACTIVATIONS = 3, 4, 5


def flops(case: Case, inputs: int) -> int:
    """Multiplications and additions of an LSTM's products, per time step per trial."""
    return PRODUCTS * 2 * case.batch * (case.hidden + inputs) * BLOCKS * case.hidden


def gates(case: Case) -> int:
    """Values of the logistic function or tanh, per time step per trial."""
    return ACTIVATIONS * case.batch * case.hidden


def contender(case: Case, inputs: int, device: torch.device) -> Contender:
    """One product as large as those of many steps, and all their gates."""
    steps = -(-2 * SIZE**3 // flops(case, inputs))
    a = torch.randn(round(steps * flops(case, inputs) / (2 * SIZE**2)), SIZE, device=device)
    b, product = torch.randn(SIZE, SIZE, device=device), torch.empty_like(a)
    parts = torch.randn(steps * gates(case), device=device).split(GATES)
    out = torch.empty_like(parts[0])

    def run() -> None:
        torch.mm(a, b, out=product)
        for n, part in enumerate(parts):  # three gates and two times tanh
            function = torch.sigmoid if n % ACTIVATIONS < 3 else torch.tanh
            function(part, out=out[: len(part)])

    return Contender(NAME, run, steps)
