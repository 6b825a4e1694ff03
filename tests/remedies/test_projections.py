"""What is projected after every update: orthogonal, or bounded in its norm or rows."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import linalg
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import Cell, recurrent_blocks
from tests.helpers.remedies import SIZES, Recall, at, changed, draw, initialized, same
from tests.helpers.weights import after_random_updates, is_orthogonal


@pytest.mark.parametrize("cell_name", ["rnn", "gru"])
def test_stiefel_is_orthogonal_from_birth_and_after_a_thousand_updates(cell_name: str) -> None:
    cell, remedy = registry.load_cell(cell_name), registry.load_remedy("stiefel")
    for n in (0, 1, 1000):
        for block in recurrent_blocks(cell, after_random_updates(remedy, cell, n)):
            is_orthogonal(block, 5e-6)


def test_stiefel_takes_the_nearest() -> None:
    cell, remedy = registry.load_cell("gru"), registry.load_remedy("stiefel")
    raw = draw(cell)
    kept = remedy.project(raw, at(cell))
    assert changed(raw, kept) == {"U"}
    for old, new in zip(recurrent_blocks(cell, raw), recurrent_blocks(cell, kept), strict=True):
        np.testing.assert_allclose(new.numpy(), linalg.polar(old.numpy())[0], atol=1e-12)
    torch.testing.assert_close(remedy.project(kept, at(cell)), kept)


def test_stiefel_begins_without_preference() -> None:
    cell, remedy, n = registry.load_cell("rnn"), registry.load_remedy("stiefel"), 200
    drawn = [remedy.initialize(initialized(cell, seed), at(cell))["U"] for seed in range(n)]
    assert torch.stack(drawn).mean(0).abs().max() < 4.5 * (1 / SIZES["H"] / n) ** 0.5


@pytest.mark.parametrize("name", ["stiefel", "recurrent_bound", "max_norm"])
def test_a_trial_that_is_no_number_stays_so_and_harms_none(name: str) -> None:
    cell, remedy = registry.load_cell("gru"), registry.load_remedy(name)
    raw = draw(cell, 3, scale=4.0)
    sick = {k: v.index_fill(0, torch.tensor(1), torch.nan) for k, v in raw.items()}
    kept, healthy = remedy.project(sick, at(cell)), remedy.project(raw, at(cell))
    assert kept["U"][1].isnan().all()
    assert torch.equal(kept["U"][[0, 2]], healthy["U"][[0, 2]])


def longest_row(w: Tensor) -> float:
    return w.square().sum(-1).sqrt().max().item()


def largest_singular_value(cell: Cell, weights: Tensors) -> float:
    return max(np.linalg.norm(U.numpy(), 2) for U in recurrent_blocks(cell, weights))


@pytest.mark.parametrize("lag", [1, 20, 1000])
@pytest.mark.parametrize("cell_name", ["rnn", "lstm"])
def test_recurrent_bound_holds_from_birth_and_after_every_update(cell_name: str, lag: int) -> None:
    cell, remedy = registry.load_cell(cell_name), registry.load_remedy("recurrent_bound")
    spot, bound = replace(at(cell), lag=lag), 2 ** (1 / lag)
    weights = remedy.initialize(initialized(cell), spot)
    for _ in range(20):
        assert largest_singular_value(cell, weights) <= bound * (1 + 1e-5)
        weights = {k: w + torch.randn_like(w) for k, w in weights.items()}
        weights = remedy.project(weights, spot)
    U = recurrent_blocks(cell, weights)[0].double()
    assert np.linalg.norm(np.linalg.matrix_power(U, lag), 2) <= 2 * (1 + 1e-4)


def test_recurrent_bound_leaves_what_is_inside_alone() -> None:
    cell, remedy = registry.load_cell("gru"), registry.load_remedy("recurrent_bound")
    small = draw(cell, 2, scale=0.01)
    assert same(remedy.project(small, at(cell)), small)


def test_recurrent_bound_clamps_a_vector_number_by_number() -> None:
    cell, remedy = registry.load_cell("indrnn"), registry.load_remedy("recurrent_bound")
    u = torch.linspace(-2, 2, SIZES["H"])[None]
    kept = remedy.project({"u": u, "W": torch.ones(8, 3)}, replace(at(cell), lag=10))
    torch.testing.assert_close(kept["u"], u.clamp(-(2**0.1), 2**0.1))
    assert remedy.suits(cell, Recall()) is None


@pytest.mark.parametrize("also_input", [False, True])
@pytest.mark.parametrize(("cell_name", "name"), [("rnn", "U"), ("lstm", "U"), ("jordan", "V")])
def test_max_norm_bounds_rows(cell_name: str, name: str, also_input: bool) -> None:
    cell = registry.load_cell(cell_name)
    remedy = registry.load_remedy("max_norm", {"limit": 0.7, "also_input": also_input})
    weights = after_random_updates(remedy, cell, 50)
    assert longest_row(weights[name]) <= 0.7 * (1 + 1e-5)
    assert (longest_row(weights["W"]) <= 0.7 * (1 + 1e-5)) == also_input
    assert longest_row(weights["W_out"]) > 0.7
    raw = draw(cell)
    short = raw[name].square().sum(-1).sqrt() <= 0.7
    kept = remedy.project(raw, at(cell))[name]
    assert torch.equal(kept[short], raw[name][short])
    torch.testing.assert_close(kept[~short], 0.7 * torch.nn.functional.normalize(raw[name])[~short])


def test_max_norm_bounds_every_number_of_a_vector() -> None:
    cell, remedy = registry.load_cell("indrnn"), registry.load_remedy("max_norm", {"limit": 0.5})
    kept = remedy.project({"u": torch.tensor([[-2.0, -0.1, 0.0, 0.3, 5.0]])}, at(cell))
    assert kept["u"].tolist() == [pytest.approx([-0.5, -0.1, 0.0, 0.3, 0.5])]
