"""Sequences that only fill a batch count in no penalty."""

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.engine.passes.batch_padding import repeated
from seqbench.remedy import Remedy, Trajectory
from tests.helpers.passes import leaves_of, made, pull
from tests.helpers.remedies import B, at, inputs, unrolled


@pytest.mark.parametrize(
    ("name", "cell_name"),
    [
        ("omega", "rnn"),
        ("omega_vjp", "lstm"),
        ("norm_stabilizer", "lstm"),
        ("input_gradient_penalty", "lstm"),
        ("placebo", "lstm"),
    ],
)
def test_copies_do_not_count(name: str, cell_name: str) -> None:
    cell, x = registry.load_cell(cell_name), inputs(2)
    params = leaves_of(cell, 2)

    def penalty(copies: int) -> Tensor:
        filled = repeated(x, B + copies).requires_grad_()
        states = unrolled(cell, params, filled, Remedy())
        y = states[-1][0][..., :B, :] @ params["W_out"].mT + params["b_out"]
        run = Trajectory(states, (y - 0.3).square().flatten(-2).mean(-1), filled, B)
        return made(name).penalize(params, run, at(cell))

    one, other = penalty(0), penalty(5)
    torch.testing.assert_close(one, other)
    torch.testing.assert_close(pull(one, params), pull(other, params))
