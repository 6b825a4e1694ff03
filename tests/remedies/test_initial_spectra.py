"""Initial eigenvalues: all of one size in a matrix that is not normal, or shifted below 1."""

import numpy as np
import pytest
import torch
from scipy import stats

from seqbench import registry
from seqbench.cell import recurrent_blocks
from tests.helpers.passes import made
from tests.helpers.remedies import at, changed, initialized, square_cells, squares
from tests.helpers.weights import CHANCE, is_orthogonal


@square_cells
def test_eigenvalues_of_a_non_normal_matrix_have_one_size(cell_name: str) -> None:
    cell = registry.load_cell(cell_name)
    before = initialized(cell, hidden=25)  # of an odd number, one is alone
    after = made("nonnormal_init", gain=0.9).initialize(before, at(cell))
    assert changed(before, after) == squares(cell)
    blocks = recurrent_blocks(cell, after)
    for U in blocks:
        sizes = np.abs(np.linalg.eigvals(U.double().numpy()))
        np.testing.assert_allclose(sizes, 0.9, atol=2e-3)
    assert len({U[0, 0].item() for U in blocks}) == len(blocks)


@pytest.mark.parametrize("hidden", [1, 2, 24])
@pytest.mark.parametrize("feedforward", [0.0, 0.4, 1.0])
def test_its_departure_from_normality_is_that_of_t(hidden: int, feedforward: float) -> None:
    """Henrici: ||U||_F^2 - sum |lambda|^2, of which T has H (H - 2) / 2 entries of d^2 / H each."""
    cell = registry.load_cell("rnn")
    remedy, spot = made("nonnormal_init", feedforward=feedforward), at(cell)
    found = []
    for seed in range(40):
        U = remedy.initialize(initialized(cell, seed, hidden), spot)["U"].double().numpy()
        found.append((U**2).sum() - hidden)
        if feedforward == 0:
            is_orthogonal(torch.tensor(U), 1e-5)
    expected = feedforward**2 * max(hidden - 2, 0) / 2
    assert np.mean(found) == pytest.approx(expected, rel=0.1, abs=1e-5)


def test_it_grows_on_the_way_as_no_normal_matrix_does() -> None:
    cell = registry.load_cell("rnn")
    drawn = initialized(cell, hidden=64)
    normal, ours = (
        made("nonnormal_init", gain=0.95, feedforward=d).initialize(drawn, at(cell))["U"].double()
        for d in (0.0, 1.0)
    )
    for U, most in ((normal, 0.96), (ours, np.inf)):
        lengths = [np.linalg.norm(np.linalg.matrix_power(U, k), 2) for k in range(1, 400)]
        assert max(lengths) <= most and lengths[-1] < 1e-2  # both fade in the end
    assert max(np.linalg.norm(np.linalg.matrix_power(ours, k), 2) for k in range(1, 20)) > 2


def test_its_angles_are_spread_evenly() -> None:
    cell, remedy = registry.load_cell("rnn"), made("nonnormal_init", feedforward=0.0)
    spot, angles = at(cell), list[float]()
    for _ in range(200):
        U = remedy.initialize(initialized(cell), spot)["U"].double().numpy()
        angles += [a for a in np.abs(np.angle(np.linalg.eigvals(U)))][::2]
    assert stats.kstest(angles, stats.uniform(0, np.pi).cdf).pvalue > CHANCE


def radii(name: str, hidden: int, draws: int) -> np.ndarray:
    cell, remedy = registry.load_cell("rnn"), made(name)
    born = [remedy.initialize(initialized(cell, s, hidden), at(cell))["U"] for s in range(draws)]
    return np.abs(np.linalg.eigvals(torch.stack(born).numpy())).max(-1)


@pytest.mark.parametrize(("hidden", "draws"), [(16, 400), (64, 200), (128, 60)])
def test_of_twenty_rescaled_matrices_about_one_explodes(hidden: int, draws: int) -> None:
    plain, ours = radii("none", hidden, draws), radii("rescaled_glorot", hidden, draws)
    assert (plain > 1).mean() > 0.6
    assert (ours > 1).mean() < 0.1
    assert ours.mean() > 1 - 1.5 / hidden**0.5  # and no further down than that


def test_a_linear_loop_that_grew_within_a_few_root_h_steps_does_not() -> None:
    hidden, draws = 64, 60
    steps = 8 * round(hidden**0.5)
    cell = registry.load_cell("rnn")
    first, kept = [initialized(cell, seed, hidden) for seed in range(draws)], []
    for remedy in (made("none"), made("rescaled_glorot")):
        born = [remedy.initialize(weights, at(cell))["U"] for weights in first]
        U, h = torch.stack(born).double(), torch.ones(draws, 1, hidden).double()
        for _ in range(steps):
            h = h @ U.mT
        kept.append((h.square().sum((-1, -2)) / hidden).median().item())
    assert kept[0] > 1 > kept[1]


@square_cells
def test_rescaling_is_one_number_for_all_blocks(cell_name: str) -> None:
    cell = registry.load_cell(cell_name)
    before = initialized(cell, hidden=16)
    after = made("rescaled_glorot", margin=2.0).initialize(before, at(cell))
    assert changed(before, after) == squares(cell)
    for name in squares(cell):
        units = before[name].shape[-1]
        torch.testing.assert_close(after[name], before[name] / (1 + 2 / units**0.5))
