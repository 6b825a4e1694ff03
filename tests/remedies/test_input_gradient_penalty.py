"""The penalty on the gradient of the inputs: its mean over sequences, and its own gradient."""

import numpy as np
import pytest
import torch
from torch import Tensor

from seqbench import registry
from tests.helpers.passes import STEPS, leaves_of, made, run_on
from tests.helpers.remedies import B, at, inputs


@pytest.mark.parametrize("cell_name", ["rnn", "gru"])
def test_input_gradient_penalty_is_a_mean_over_the_sequences_own_losses(cell_name: str) -> None:
    cell, x = registry.load_cell(cell_name), inputs()
    params = leaves_of(cell)
    remedy = made("input_gradient_penalty", weight=0.7)
    penalty = remedy.penalize(params, run_on(cell, params, x), at(cell))
    lengths = []
    for b in range(B):
        own = run_on(cell, params, x[:, b : b + 1])
        (grad,) = torch.autograd.grad(own.loss, own.x)
        lengths.append(grad.square().sum().item())
    assert penalty.item() == pytest.approx(0.7 * np.mean(lengths))


def test_the_pull_of_an_input_gradient_penalty_by_finite_differences() -> None:
    cell, x = registry.load_cell("rnn"), inputs(steps=STEPS)
    params, remedy = leaves_of(cell), made("input_gradient_penalty", weight=0.7)

    def penalty(*weights: Tensor) -> Tensor:
        given = dict(zip(params, weights, strict=True))
        return remedy.penalize(given, run_on(cell, given, x), at(cell))

    assert torch.autograd.gradcheck(penalty, tuple(params.values()), fast_mode=True)
