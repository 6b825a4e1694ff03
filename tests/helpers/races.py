"""Small races."""

import torch

from seqbench.benchmarks import ours
from seqbench.benchmarks.grid import Case, Effort
from seqbench.benchmarks.measure import Spread, Timing

CPU = torch.device("cpu")
BRIEF = Effort(seconds=0.0, rounds=2, quick=True)
EAGER = ours.engines()[0]
TINY = Case("lstm", 5, 3, steps=7, batch=4)


def timing(name: str, us: float, ratio: float = 1.0) -> Timing:
    return Timing(name, 1, Spread(us, us, us), Spread(ratio, ratio, ratio))
