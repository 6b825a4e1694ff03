"""Influence balancing: what is near says one thing, what is far says the opposite, and more of it.

    s_t = A s_{t-1} + theta (1, ..., 1, -1, ..., -1)     10 units of +1, then 13 of -1
    A_ii = A_i,i+1 = 1/2, loss (s_T,1 - 1)^2 / 2         unit 1 hears of unit j after j - 1 steps

All in all theta moves s_T,1 by 2 (10 - 13) = -6. Over the last k steps alone it seems to move it
up, for every k up to 40 (Tallec and Ollivier 2017).
"""

from dataclasses import dataclass
from math import comb
from typing import ClassVar

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family
from seqbench.remedy import Remedy
from tests.helpers.remedies import unrolled

UNITS, PLUS, STEPS = 23, 10, 300
SIGNS = torch.tensor([1.0] * PLUS + [-1.0] * (UNITS - PLUS), dtype=torch.float64)
CHAIN = 0.5 * (torch.eye(UNITS) + torch.eye(UNITS).roll(1, 1).triu()).double()


@dataclass(frozen=True, kw_only=True)
class Chain(Cell):
    """Only theta is a weight."""

    family: ClassVar[Family] = "state_space"

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        return (state[0] @ CHAIN.T + params["theta"] * SIGNS,)


def influence(remedy: Remedy, theta: float = 0.5) -> tuple[float, float]:
    """s_T,1 and its slope by theta, as the remedy lets it be seen."""
    weight = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    params = {"theta": weight, "W_out": torch.zeros(1, UNITS)}
    x = torch.zeros(STEPS, 1, 1, dtype=torch.float64)
    first: Tensor = unrolled(Chain(), params, x, remedy)[-1][0][0, 0]
    (slope,) = torch.autograd.grad(first, weight)
    return first.item(), slope.item()


def seen(horizon: int) -> float:
    """The same from binomials: unit j gets a share C(s, j) / 2^s of what happened s steps ago."""
    signs = SIGNS.tolist()
    return sum(
        comb(s, j) / 2**s * signs[j] for s in range(horizon) for j in range(min(s + 1, UNITS))
    )


@pytest.mark.parametrize("horizon", (1, 10, 39, 40, 41, 42, 100))
def test_truncation_has_the_wrong_sign_up_to_a_horizon_of_40(horizon: int) -> None:
    first, slope = influence(registry.load_remedy("truncate", {"horizon": horizon}))
    assert slope == pytest.approx(seen(horizon), rel=1e-9)
    assert (slope > 0) == (horizon <= 40)
    whole, right = influence(Remedy())
    assert first == whole and right == pytest.approx(2 * (PLUS - (UNITS - PLUS)), rel=1e-6)


@pytest.mark.parametrize(("horizon", "learns"), ((10, False), (40, False), (41, True), (299, True)))
def test_descent_with_the_wrong_sign_goes_away_from_the_answer(horizon: int, learns: bool) -> None:
    remedy, theta, losses = registry.load_remedy("truncate", {"horizon": horizon}), 0.5, []
    for _ in range(20):
        first, slope = influence(remedy, theta)
        losses.append((first - 1) ** 2 / 2)
        theta -= 0.01 * (first - 1) * slope
    assert losses == sorted(losses, reverse=learns)
