"""Truncation reaches exactly the last inputs and leaves the states alone."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.remedy import Remedy
from tests.helpers.remedies import draw, inputs, unrolled


@pytest.mark.parametrize("cell_name", ["rnn", "jordan", "lstm", "gru"])
@pytest.mark.parametrize(("steps", "horizon"), [(9, 1), (9, 3), (9, 4), (9, 8), (9, 9), (9, 20)])
def test_truncate_reaches_exactly_the_last_inputs(cell_name: str, steps: int, horizon: int) -> None:
    cell, remedy = registry.load_cell(cell_name), registry.load_remedy("truncate")
    remedy = replace(remedy, horizon=horizon)
    x = inputs(steps=steps).requires_grad_()
    last = unrolled(cell, draw(cell), x, remedy)[-1][0]
    (grad,) = torch.autograd.grad(last.square().sum(), x)
    reached = grad.flatten(1).any(1).tolist()
    assert reached == [steps - t <= horizon for t in range(steps)]


@pytest.mark.parametrize("cell_name", ["rnn", "lstm"])
def test_truncate_leaves_the_states_alone(cell_name: str) -> None:
    cell, params, x = registry.load_cell(cell_name), draw(registry.load_cell(cell_name)), inputs()
    cut = unrolled(cell, params, x, registry.load_remedy("truncate", {"horizon": 2}))
    whole = unrolled(cell, params, x, Remedy())
    for one, other in zip(cut, whole, strict=True):
        assert all(map(torch.equal, one, other))


def test_truncate_inside_the_horizon_is_the_full_gradient() -> None:
    cell, x = registry.load_cell("gru"), inputs().requires_grad_()
    params = draw(cell)

    def gradient(remedy: Remedy) -> Tensor:
        last = unrolled(cell, params, x, remedy)[-1][0]
        return torch.autograd.grad(last.sum(), x)[0]

    cut = gradient(registry.load_remedy("truncate", {"horizon": 4}))
    assert torch.equal(cut[-4:], gradient(Remedy())[-4:])
