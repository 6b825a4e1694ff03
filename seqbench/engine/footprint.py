"""What training a trial takes, computed: what a process takes is mostly its interpreter.

    trained        weights that training changes, N
    memory_bytes   4 (P + N + s N + B K S)               by gradient, in float32
                   4 (P + B S) + 8 (H + 1) (H + 1 + O)   closed form: Z^T Z and Z^T Y in float64

P weights, a gradient and s numbers of the optimizer for each of the N; B sequences of a batch, K
steps through which the gradient goes back, S numbers of a state, H units, O outputs. The states of
K steps are what the way back cannot do without (all else can be computed from them again), so this
is the least that training takes, whatever the engine. K is the task's length T or its window, and
the longest stretch between two cuts where a remedy cuts the gradient. Not in it: what a penalty on
gradients keeps for the second derivative.
"""

from itertools import pairwise
from math import prod
from typing import NamedTuple

import torch

from seqbench.engine.optimizers import numbers_per_weight
from seqbench.engine.setup import Setup
from seqbench.networks.network import Network
from seqbench.remedy import Remedy

SINGLE, DOUBLE = 4, 8  # bytes


class Footprint(NamedTuple):
    """Columns of the table of trials."""

    trained: int
    memory_bytes: int


def footprint(setup: Setup, remedy: Remedy) -> Footprint:
    """The weights that training changes under a remedy, and the bytes that it takes."""
    network, settings, sizes = setup.network, setup.settings, setup.sizes
    weights = {name: prod(shape) for name, shape in network.shapes(sizes).items()}
    frozen = remedy.frozen(network)
    trained = sum(count for name, count in weights.items() if name not in frozen)
    states = settings.batch * _width(network, sizes)
    if "solve" in remedy.acts_at:
        rows = sizes["H"] + 1
        normal = DOUBLE * rows * (rows + sizes["O"])
        return Footprint(trained, SINGLE * (sum(weights.values()) + states) + normal)
    states *= stretch(remedy, setup.source.steps)
    kept = trained * (1 + numbers_per_weight(settings.optimizer, settings.momentum))
    return Footprint(trained, SINGLE * (sum(weights.values()) + kept + states))


def _width(network: Network, sizes: dict[str, int]) -> int:
    """Numbers of the state of one sequence, of all layers and directions."""
    params = {name: torch.zeros(shape) for name, shape in network.shapes(sizes).items()}
    return sum(part.shape[-1] for part in network.start(torch.zeros(1, sizes["I"]), params))


def stretch(remedy: Remedy, steps: int) -> int:
    """The most steps that lie between two cuts of the gradient, or between one and an end."""
    lefts = range(1, steps) if "carry" in remedy.acts_at else ()
    ends = [0, *(left for left in lefts if remedy.bound(left) == 0), steps]
    return max(later - earlier for earlier, later in pairwise(ends))
