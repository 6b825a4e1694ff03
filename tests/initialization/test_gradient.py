"""Gradients and Jacobians against what is known, finite differences, and numpy."""

from math import log

import numpy as np
import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.cell import Cell
from seqbench.engine.passes.unroll import unroll
from seqbench.engine.streams import CPU, RowNoise
from seqbench.initialization import gradient, jacobian
from seqbench.initialization.gradient import Path
from seqbench.initialization.weights import initial, inputs
from seqbench.remedy import At, Remedy
from tests.helpers.known import Linear, Turned

DRAWS = 3


def at(cell: Cell, lags: int) -> At:
    return At(cell, 0, RowNoise(list(range(DRAWS)), "noise/pass", 0, CPU), lags)


def walked(cell: Cell, lags: int, hidden: int = 8, remedy: Remedy | None = None) -> Path:
    params = initial(cell, remedy or Remedy(), hidden, DRAWS, lags)
    return gradient.walk(cell, params, inputs(DRAWS, 2, 2 * lags), at(cell, lags), lags)


def product(path: Path) -> Tensor:
    """ds_T/ds_t over all lags: (S, D, D)"""
    each = jacobian.steps(path, DRAWS)
    assert each is not None
    whole = each[-1]
    for one in reversed(each[:-1].unbind()):
        whole = whole @ one
    return whole


@pytest.mark.parametrize("r", [0.5, 0.9, 1.0, 1.1, 2.0])
def test_a_linear_loop_multiplies_by_its_radius(r: float) -> None:
    path = walked(Linear(), 40, remedy=Turned(r=r))
    norms = gradient.norms(path)
    expected = r ** torch.arange(41, dtype=torch.float64)
    torch.testing.assert_close(norms, expected.expand_as(norms), rtol=1e-4, atol=0)
    slopes = gradient.exponents(norms)
    torch.testing.assert_close(slopes, torch.full_like(slopes, log(r)), rtol=0, atol=1e-6)
    for lag, values in jacobian.spectra(path, DRAWS).items():
        torch.testing.assert_close(values, torch.full_like(values, r**lag), rtol=1e-4, atol=0)


def test_the_exponent_is_that_of_the_largest_eigenvalue_though_others_differ() -> None:
    params = initial(Linear(), Remedy(), 6, DRAWS, 200)
    params["U"] = torch.diag(torch.tensor([1.05, 0.9, 0.8, 0.7, 0.3, 0.1]).double()).repeat(3, 1, 1)
    path = gradient.walk(Linear(), params, inputs(DRAWS, 2, 201), at(Linear(), 200), 200)
    slopes = gradient.exponents(gradient.norms(path))
    torch.testing.assert_close(slopes, torch.full_like(slopes, log(1.05)), rtol=0, atol=1e-3)


@pytest.mark.parametrize("name", ["lstm", "gru", "jordan", "clockwork", "lru"])
def test_the_product_of_jacobians_is_what_finite_differences_say(name: str) -> None:
    cell, lags = registry.load_cell(name), 4
    path, step = walked(cell, lags, hidden=3), 1e-6
    params = {key: weights[:1] for key, weights in path.params.items()}
    before = [part[:1, :1].detach() for part in path.states[0]]
    x = path.x[:1, :, :1]

    def after(moved: list[Tensor]) -> Tensor:
        state = unroll(cell, params, x, Remedy(), at(cell, lags), start=tuple(moved))[-1]
        return torch.cat([part.flatten() for part in path.motion(state)])

    columns = []
    for k, part in enumerate(before):
        for i in range(part.shape[-1]) if path.learns[k] else ():
            sides = []
            for sign in (1, -1):
                moved = [own.clone() for own in before]
                moved[k][..., i] += sign * step
                sides.append(after(moved))
            columns.append((sides[0] - sides[1]) / (2 * step))
    torch.testing.assert_close(product(path)[0], torch.stack(columns, -1), rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize(
    "name", ["rnn", "lstm", "clockwork", "slstm", "lstm_1997", "t_lstm", "lru"]
)
def test_the_gradient_carried_back_is_the_transposed_product(name: str) -> None:
    path = walked(registry.load_cell(name), 12)
    h = path.states[-1][0]
    u = gradient.directions(h)[:, 0]
    whole = product(path)
    padded = torch.nn.functional.pad(u, (0, whole.shape[-1] - u.shape[-1]))  # h comes first
    expected = (padded.unsqueeze(-2) @ whole).norm(dim=(-2, -1))
    torch.testing.assert_close(gradient.norms(path)[:, 0, -1], expected, rtol=1e-9, atol=0)


@pytest.mark.parametrize(("name", "knobs"), [("rnn", {}), ("rnn", {"gain": 2.0}), ("lstm", {})])
def test_the_exponent_is_that_of_the_qr_method(name: str, knobs: dict[str, object]) -> None:
    """Benettin's method with all vectors, made orthogonal at every step, by numpy."""
    lags = 400
    path = walked(registry.load_cell(name, knobs), lags)
    each = jacobian.steps(path, DRAWS)
    assert each is not None
    ours = gradient.exponents(gradient.norms(path))[:, 0].numpy()
    for draw in range(DRAWS):
        Q, logs = np.eye(each.shape[-1]), []
        for J in reversed(each[:, draw].numpy()):
            Q, R = np.linalg.qr(J.T @ Q)
            logs.append(np.log(np.maximum(np.abs(np.diag(R)), 1e-300)))
        assert ours[draw] == pytest.approx(np.mean(logs[lags // 4 :], axis=0).max(), abs=0.01)


def test_a_clock_is_no_part_of_the_motion() -> None:
    assert walked(registry.load_cell("clockwork"), 8).learns == (True, False)


def test_nothing_goes_back_without_a_loop() -> None:
    path = walked(registry.load_cell("memoryless"), 8)
    norms = gradient.norms(path)
    assert norms[..., 0].eq(1).all() and not norms[..., 1:].any()
    assert gradient.exponents(norms).eq(-torch.inf).all()
    assert not product(path).any()


def test_norms_obey_the_bound_of_pascanu() -> None:
    """|dh_T/dh_t| <= (max |tanh'| sigma_max(U))^(T - t), max |tanh'| = 1."""
    path = walked(registry.load_cell("rnn", {"gain": 0.4}), 30)
    largest = torch.linalg.matrix_norm(path.params["U"], 2)
    for lag, values in jacobian.spectra(path, DRAWS).items():
        assert (values[:, 0] <= largest**lag * (1 + 1e-9)).all()
    lags = torch.arange(31, dtype=torch.float64)
    bound = largest[:, None, None] ** lags * (1 + 1e-9)
    assert (gradient.norms(path) <= bound).all()


def test_what_is_lost_in_rounding_counts_as_nothing() -> None:
    path = walked(registry.load_cell("rnn"), 64)
    values = jacobian.spectra(path, DRAWS)[64]
    assert (values[:, -1] == 0).all() and (values[:, 0] > 0).all()


@pytest.mark.parametrize(
    ("lags", "shown"),
    [(4, [1, 2, 4]), (5, [1, 2, 4, 5]), (100, [1, 2, 4, 8, 16, 32, 64, 100])],
)
def test_lags_double(lags: int, shown: list[int]) -> None:
    assert jacobian.lags_shown(lags) == shown
