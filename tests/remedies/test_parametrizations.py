"""Recurrent matrices that are orthogonal, or bounded, however they are trained."""

from dataclasses import replace
from math import pi

import numpy as np
import pytest
import torch
from scipy import linalg, stats
from torch import Tensor

from seqbench import registry
from seqbench.cell import recurrent_blocks
from tests.helpers.remedies import SIZES, at, changed, draw, initialized
from tests.helpers.weights import (
    ALWAYS,
    CHANCE,
    PARAMETRIZATIONS,
    after_random_updates,
    is_orthogonal,
)


@pytest.mark.parametrize("name", ALWAYS)
@pytest.mark.parametrize("cell_name", ["rnn", "lstm", "gru"])
def test_orthogonal_after_a_thousand_random_updates(name: str, cell_name: str) -> None:
    cell, remedy = registry.load_cell(cell_name), registry.load_remedy(name)
    raw = after_random_updates(remedy, cell, 1000)
    seen = remedy.reparametrize(raw, at(cell))
    assert changed(raw, seen) == {"U"}
    for block in recurrent_blocks(cell, seen):
        is_orthogonal(block, 1e-5)
    exact = remedy.reparametrize({k: v.double() for k, v in raw.items()}, at(cell))
    for block in recurrent_blocks(cell, exact):
        is_orthogonal(block, 1e-10)


@pytest.mark.parametrize("length", [1e-3, 1.0, 25.0])
def test_exp_map_is_the_matrix_exponential(length: float) -> None:
    cell = registry.load_cell("rnn")
    raw = draw(cell)
    A = np.triu(raw["U"].numpy(), 1)
    skew = (A - A.T) * (length / np.linalg.norm(A - A.T, 2))
    raw["U"] = torch.tensor(np.triu(skew, 1) + np.tril(A.T))  # below the diagonal nothing counts
    U = registry.load_remedy("exp_map").reparametrize(raw, at(cell))["U"].numpy()
    np.testing.assert_allclose(U, linalg.expm(skew), atol=1e-11)


@pytest.mark.parametrize("name", ALWAYS)
def test_orthogonal_however_far_it_is_trained(name: str) -> None:
    cell = registry.load_cell("rnn")
    U = registry.load_remedy(name).reparametrize(draw(cell, scale=1e4), at(cell))["U"]
    is_orthogonal(U, 1e-6)


@pytest.mark.parametrize("hidden", [1, 7, 8])
def test_exp_map_begins_with_evenly_spread_angles(hidden: int) -> None:
    cell, remedy = registry.load_cell("rnn"), registry.load_remedy("exp_map")
    spot, angles = at(cell), []
    for _ in range(200):
        raw = remedy.initialize(initialized(cell, hidden=hidden), spot)
        U = remedy.reparametrize(raw, spot)["U"].double().numpy()
        assert np.linalg.det(U) == pytest.approx(1)
        angles += [a for a in np.abs(np.angle(np.linalg.eigvals(U))) if a > 1e-6]
    turning = hidden // 2 * 2
    assert len(angles) == pytest.approx(200 * turning, abs=2)
    if turning:
        assert stats.kstest(angles[::2], stats.uniform(0, pi).cdf).pvalue > CHANCE


@pytest.mark.parametrize("negative", [0.0, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("hidden", [7, 8])
def test_cayley_is_the_scaled_transform(negative: float, hidden: int) -> None:
    cell, remedy = registry.load_cell("rnn"), registry.load_remedy("cayley", {"negative": negative})
    raw = remedy.initialize(initialized(cell, hidden=hidden), at(cell))
    turned = round(negative * hidden)
    D = np.diag([1.0] * (hidden - turned) + [-1.0] * turned)
    for U_raw in (raw["U"], torch.randn_like(raw["U"])):
        A = np.triu(U_raw.double().numpy(), 1)
        expected = np.linalg.inv(np.eye(hidden) + A - A.T) @ (np.eye(hidden) - A + A.T) @ D
        U = remedy.reparametrize(raw | {"U": U_raw}, at(cell))["U"].numpy()
        np.testing.assert_allclose(U, expected, atol=1e-6)
        assert np.linalg.det(U) == pytest.approx((-1) ** turned, abs=1e-4)


def test_cayley_begins_with_angles_up_to_a_quarter_turn() -> None:
    cell, remedy = registry.load_cell("rnn"), registry.load_remedy("cayley", {"negative": 0.0})
    spot, angles = at(cell), []
    for _ in range(200):
        raw = remedy.initialize(initialized(cell), spot)
        U = remedy.reparametrize(raw, spot)["U"].double().numpy()
        angles += list(np.abs(np.angle(np.linalg.eigvals(U))))
    assert stats.kstest(angles[::2], stats.uniform(0, pi / 2).cdf).pvalue > CHANCE


@pytest.mark.parametrize("norm", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("cell_name", ["rnn", "lstm", "gru"])
def test_spectral_norm_is_exact_at_any_length(cell_name: str, scale: float, norm: float) -> None:
    cell, remedy = registry.load_cell(cell_name), registry.load_remedy("spectral_norm")
    raw = draw(cell, 3, scale=scale)
    seen = replace(remedy, norm=norm).reparametrize(raw, at(cell))
    assert changed(raw, seen) == {"U"}
    for old, new in zip(recurrent_blocks(cell, raw), recurrent_blocks(cell, seen), strict=True):
        assert np.linalg.norm(new.numpy(), 2, axis=(1, 2)) == pytest.approx(norm)
        ratio = new / old
        torch.testing.assert_close(ratio, ratio[:, :1, :1].expand_as(ratio))


def test_spectral_norm_of_a_block_of_zeros_is_zero() -> None:
    cell, remedy = registry.load_cell("rnn"), registry.load_remedy("spectral_norm")
    raw = {k: torch.zeros_like(v).requires_grad_() for k, v in draw(cell).items()}
    U = remedy.reparametrize(raw, at(cell))["U"]
    (grad,) = torch.autograd.grad(U.square().sum(), raw["U"])
    assert not U.any() and grad.isfinite().all()


@pytest.mark.parametrize("name", PARAMETRIZATIONS)
def test_the_gradient_reaches_what_is_trained(name: str) -> None:
    """First derivatives are exact, also where the spectral norm calls its vectors constant."""
    cell, remedy = registry.load_cell("lstm"), registry.load_remedy(name)
    raw = {k: v.requires_grad_() for k, v in draw(cell, 2).items()}
    torch.autograd.gradcheck(
        lambda U: remedy.reparametrize(raw | {"U": U}, at(cell))["U"], raw["U"], fast_mode=True
    )


@pytest.mark.parametrize("name", PARAMETRIZATIONS)
@pytest.mark.parametrize("start", ["identity", "small_init"])
def test_second_derivatives_are_numbers_even_where_singular_values_are_equal(
    name: str, start: str
) -> None:
    cell = registry.load_cell("rnn")
    remedy = registry.load_remedy(f"{start}+{name}")
    raw = remedy.initialize(initialized(cell), at(cell))
    leaf = (raw["U"] * (start != "identity") + torch.eye(SIZES["H"])).requires_grad_()
    U = remedy.reparametrize(raw | {"U": leaf}, at(cell))["U"]
    (grad,) = torch.autograd.grad(U.sin().sum(), leaf, create_graph=True)
    (second,) = torch.autograd.grad(grad.square().sum(), leaf)
    assert second.isfinite().all()


@pytest.mark.parametrize("name", PARAMETRIZATIONS)
@pytest.mark.parametrize("cell_name", ["rnn", "gru"])
def test_parametrized_trials_never_talk(name: str, cell_name: str) -> None:
    """Rows of very different lengths: each gets the bits that it gets in any other company."""
    cell, remedy = registry.load_cell(cell_name), registry.load_remedy(name)
    lengths = torch.tensor([1e-3, 0.05, 1.0, 7.0, 100.0])[:, None, None]
    raw = {k: v * lengths for k, v in draw(cell, 5, dtype=torch.float32).items()}

    def seen(rows: list[int]) -> list[Tensor]:
        leaf = raw["U"][rows].requires_grad_()
        U = remedy.reparametrize({k: v[rows] for k, v in raw.items()} | {"U": leaf}, at(cell))["U"]
        return [U.detach(), *torch.autograd.grad(U.sin().sum(), leaf)]

    together = seen([0, 1, 2, 3, 4])
    for rows in ([1, 3], [4, 0], [2, 2]):
        assert all(torch.equal(a[rows], b) for a, b in zip(together, seen(rows), strict=True))
