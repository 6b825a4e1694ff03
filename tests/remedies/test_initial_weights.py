"""Initial weights: orthogonal, of a spectral radius, small, or the identity."""

import numpy as np
import pytest
import torch

from seqbench import registry
from seqbench.cell import recurrent_blocks
from tests.helpers.remedies import SIZES, B, at, changed, initialized, square_cells, squares


@square_cells
def test_orthogonal_blocks_change_no_length(cell_name: str) -> None:
    cell = registry.load_cell(cell_name)
    before = initialized(cell, hidden=24)
    after = registry.load_remedy("orthogonal", {"gain": 1.5}).initialize(before, at(cell))
    assert changed(before, after) == squares(cell)
    blocks = recurrent_blocks(cell, after)
    for block in blocks:
        torch.testing.assert_close(
            block @ block.mT, 1.5**2 * torch.eye(len(block)), atol=1e-5, rtol=0
        )
    assert len({block[0, 0].item() for block in blocks}) == len(blocks)  # each its own draw


def test_orthogonal_matrices_are_drawn_without_preference() -> None:
    """The mean of Haar-distributed matrices is 0; without the signs the diagonal leans."""
    cell, remedy = registry.load_cell("rnn"), registry.load_remedy("orthogonal")
    spot, n = at(cell), 200
    drawn = torch.stack([remedy.initialize(initialized(cell), spot)["U"] for _ in range(n)])
    error = (1 / SIZES["H"] / n) ** 0.5  # an entry's variance is 1 / H
    assert drawn.mean(0).abs().max() < 4.5 * error


@square_cells
@pytest.mark.parametrize("radius", [0.5, 0.9, 1.3])
def test_spectral_radius_is_exact_by_eigenvalues(cell_name: str, radius: float) -> None:
    cell = registry.load_cell(cell_name)
    before = initialized(cell, hidden=24)
    remedy = registry.load_remedy("spectral_radius", {"radius": radius})
    after = remedy.initialize(before, at(cell))
    assert changed(before, after) == squares(cell)
    for old, new in zip(recurrent_blocks(cell, before), recurrent_blocks(cell, after), strict=True):
        assert np.abs(np.linalg.eigvals(new.numpy())).max() == pytest.approx(radius, abs=1e-4)
        torch.testing.assert_close(new / new.norm(), old / old.norm())  # a rescaling only


@pytest.mark.parametrize(("cell_name", "name"), [("rnn", "U"), ("lstm", "U"), ("jordan", "V")])
def test_small_init_scales_the_loop_and_nothing_else(cell_name: str, name: str) -> None:
    cell = registry.load_cell(cell_name)
    before = initialized(cell)
    after = registry.load_remedy("small_init", {"scale": 0.2}).initialize(before, at(cell))
    assert changed(before, after) == {name}
    torch.testing.assert_close(after[name], 0.2 * before[name])


def test_identity_keeps_the_state_of_a_relu_network() -> None:
    cell = registry.load_cell("rnn", {"activation": "relu"})
    before = initialized(cell)
    after = registry.load_remedy("identity").initialize(before, at(cell))
    assert changed(before, after) == {"U"}
    h = torch.rand(B, SIZES["H"])
    assert torch.equal(cell.step(after, (h,), torch.zeros(B, SIZES["I"]))[0], h)
    half = registry.load_remedy("identity", {"scale": 0.5}).initialize(before, at(cell))
    assert torch.equal(half["U"], torch.eye(SIZES["H"]) / 2)
