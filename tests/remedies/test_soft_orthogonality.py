"""Soft orthogonality adds up every block, and alone makes every block orthogonal."""

import numpy as np
import pytest
import torch

from seqbench import registry
from seqbench.cell import recurrent_blocks
from seqbench.remedy import Trajectory
from tests.helpers.passes import H, leaves_of, made, pull
from tests.helpers.remedies import B, at, draw, inputs, run_of


@pytest.mark.parametrize("cell_name", ["rnn", "lstm"])
def test_soft_orthogonality_adds_up_every_block(cell_name: str) -> None:
    cell, x = registry.load_cell(cell_name), inputs(3)
    params = leaves_of(cell, 3)
    penalty = made("soft_orthogonality", weight=0.3).penalize(
        params, run_of(cell, params, x), at(cell)
    )
    by_hand = np.zeros(3)
    for trial_number in range(3):
        U = params["U"][trial_number].detach().numpy()
        for block in np.split(U, len(cell.gates)):
            by_hand[trial_number] += ((block.T @ block - np.eye(H)) ** 2).sum()
    np.testing.assert_allclose(penalty.detach().numpy(), 0.3 * by_hand)


def test_soft_orthogonality_alone_makes_every_block_orthogonal() -> None:
    cell, x = registry.load_cell("lstm"), inputs()
    params = draw(cell, scale=0.3)
    for _ in range(1000):
        leaves = {k: v.detach().requires_grad_() for k, v in params.items()}
        run = Trajectory([], x.sum(), x, B)
        slopes = pull(made("soft_orthogonality").penalize(leaves, run, at(cell)), leaves)
        params = {k: leaves[k] - 2.0 * slopes[k] for k in leaves}
    for U in recurrent_blocks(cell, params):
        torch.testing.assert_close(U.mT @ U, torch.eye(H).double(), atol=1e-6, rtol=0)
