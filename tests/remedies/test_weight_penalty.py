"""The penalty on the weights adds up the loop and nothing else."""

import numpy as np
import pytest
import torch

from seqbench import registry
from tests.helpers.remedies import draw, inputs, objective


@pytest.mark.parametrize(("cell_name", "name"), [("rnn", "U"), ("lstm", "U"), ("jordan", "V")])
@pytest.mark.parametrize("power", [1, 2])
def test_weight_penalty_adds_up_the_loop_and_nothing_else(
    cell_name: str, name: str, power: int
) -> None:
    cell, x = registry.load_cell(cell_name), inputs(3)
    leaves = {k: v.requires_grad_() for k, v in draw(cell, 3).items()}
    remedy = registry.load_remedy("weight_penalty", {"weight": 0.3, "power": power})
    penalty = objective(remedy, cell, x)(leaves)
    by_hand = 0.3 * (np.abs(leaves[name].detach().numpy()) ** power).sum((1, 2))
    np.testing.assert_allclose(penalty.detach().numpy(), by_hand, rtol=1e-12)
    grads = torch.autograd.grad(penalty.sum(), list(leaves.values()), materialize_grads=True)
    pulled = {k for k, g in zip(leaves, grads, strict=True) if g.any()}
    assert pulled == {name}
