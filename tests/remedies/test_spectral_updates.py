"""The recurrent matrix' gradient: its singular values cut, or made equal."""

import numpy as np
import pytest
import torch
from scipy import linalg

from seqbench import registry
from seqbench.cell import recurrent_blocks
from tests.helpers.passes import made
from tests.helpers.remedies import at, changed, draw, square_cells, squares
from tests.helpers.weights import is_orthogonal

BOTH = ("spectral_clip", "orthogonalized_update")
EXACT = 1e-12


@square_cells
def test_singular_values_are_cut_block_by_block(cell_name: str) -> None:
    cell, grads = registry.load_cell(cell_name), draw(registry.load_cell(cell_name), 2)
    after = made("spectral_clip", limit=0.6).transform(grads, {}, at(cell))
    assert changed(grads, after) == squares(cell)
    for G, clipped in zip(
        recurrent_blocks(cell, grads), recurrent_blocks(cell, after), strict=True
    ):
        for one, mine in zip(G.numpy(), clipped.numpy(), strict=True):
            L, S, R = linalg.svd(one)
            np.testing.assert_allclose(mine, L @ np.diag(np.minimum(S, 0.6)) @ R, atol=EXACT)


def test_it_takes_the_nearest_matrix_of_that_norm() -> None:
    """No way to another matrix inside leads closer."""
    cell, grads = registry.load_cell("rnn"), draw(registry.load_cell("rnn"))
    G, stream = grads["U"].numpy(), np.random.default_rng(0)
    mine = made("spectral_clip", limit=0.6).transform(grads, {}, at(cell))["U"].numpy()
    for _ in range(200):
        other = stream.normal(size=G.shape)
        other *= 0.6 / np.linalg.norm(other, 2)
        assert ((G - mine) * (other - mine)).sum() <= EXACT


def test_what_is_short_keeps_its_bits() -> None:
    cell, grads = registry.load_cell("gru"), draw(registry.load_cell("gru"), 3)
    short = {k: v.float() for k, v in grads.items()}
    assert changed(short, made("spectral_clip", limit=99.0).transform(short, {}, at(cell))) == set()


def test_a_plain_step_moves_what_u_makes_of_a_state_by_no_more() -> None:
    cell, rate = registry.load_cell("rnn"), 0.3
    grads = {k: 1e6 * v for k, v in draw(cell).items()}
    step = rate * made("spectral_clip", limit=0.5).transform(grads, {}, at(cell))["U"]
    h = torch.nn.functional.normalize(torch.randn(1000, 8).double())
    assert (h @ step.mT).norm(dim=-1).max() <= 0.5 * rate * (1 + 1e-9)


@pytest.mark.parametrize("cell_name", ["rnn", "lstm", "gru"])
def test_the_orthogonalized_is_the_polar_factor(cell_name: str) -> None:
    cell, grads = registry.load_cell(cell_name), draw(registry.load_cell(cell_name))
    after = made("orthogonalized_update", length=0.2).transform(grads, {}, at(cell))
    assert changed(grads, after) == squares(cell)
    for G, mine in zip(recurrent_blocks(cell, grads), recurrent_blocks(cell, after), strict=True):
        is_orthogonal(mine / 0.2, 1e-9)
        np.testing.assert_allclose(mine.numpy(), 0.2 * linalg.polar(G.numpy())[0], atol=1e-10)


def test_it_descends_most_among_all_steps_of_its_spectral_norm() -> None:
    """The product with the gradient is the sum of its singular values, the most that there is."""
    cell, grads = registry.load_cell("rnn"), draw(registry.load_cell("rnn"))
    G, stream = grads["U"].numpy(), np.random.default_rng(0)
    mine = made("orthogonalized_update", length=1.0).transform(grads, {}, at(cell))["U"].numpy()
    assert (G * mine).sum() == pytest.approx(np.linalg.norm(G, "nuc"))
    others = stream.normal(size=(200, *G.shape))
    others /= np.linalg.norm(others, 2, axis=(1, 2), keepdims=True)
    assert (G * others).sum((1, 2)).max() < (G * mine).sum()


@pytest.mark.parametrize("size", [1e-25, 1e-6, 1e6, 1e30])
def test_neither_vanishing_nor_explosion_changes_it(size: float) -> None:
    cell, grads = registry.load_cell("rnn"), draw(registry.load_cell("rnn"), dtype=torch.float32)
    remedy = made("orthogonalized_update")
    scaled = {k: size * v for k, v in grads.items()}
    usual, after = (remedy.transform(g, {}, at(cell))["U"] for g in (grads, scaled))
    torch.testing.assert_close(after, usual, atol=1e-5, rtol=0)


@pytest.mark.parametrize("rank", [0, 1, 3])
def test_directions_that_only_rounding_has_made_stay_out(rank: int) -> None:
    cell, stream = registry.load_cell("rnn"), torch.Generator().manual_seed(4)
    left, right = torch.randn(2, 8, rank, generator=stream)
    U = made("orthogonalized_update", length=1.0).transform({"U": left @ right.mT}, {}, at(cell))
    S = np.linalg.svd(U["U"].double().numpy(), compute_uv=False)
    np.testing.assert_allclose(S, [1.0] * rank + [0.0] * (8 - rank), atol=1e-5)


@pytest.mark.parametrize("name", BOTH)
def test_a_trial_that_is_no_number_stays_so_and_harms_none(name: str) -> None:
    cell, grads = registry.load_cell("gru"), draw(registry.load_cell("gru"), 3)
    sick = {k: v.index_fill(0, torch.tensor(1), torch.nan) for k, v in grads.items()}
    ill, well = (made(name).transform(g, {}, at(cell))["U"] for g in (sick, grads))
    assert ill[1].isnan().all() and torch.equal(ill[[0, 2]], well[[0, 2]])
