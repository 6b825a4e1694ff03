"""The gated orthogonal recurrent unit: against its equation, and its matrix."""

import numpy as np
import pytest
import torch

from seqbench import registry
from seqbench.cells._rotations import angles, turned
from tests.helpers.cells import B, H, born, draw, hidden, inputs, s


def turned_by_hand(h: np.ndarray, theta: np.ndarray, layers: int) -> np.ndarray:
    """Pair by pair."""
    h, left = h.copy(), iter(theta)
    for layer in range(layers):
        for first in range(layer % 2, len(h) - 1, 2):
            a, (one, two) = next(left), h[first : first + 2]
            h[first], h[first + 1] = (
                np.cos(a) * one - np.sin(a) * two,
                np.sin(a) * one + np.cos(a) * two,
            )
    return h


@pytest.mark.parametrize("units", [1, 2, 5, 8])
@pytest.mark.parametrize("layers", [1, 2, 3, 8])
def test_the_matrix_turns_pair_after_pair(units: int, layers: int) -> None:
    count = angles(units, layers)
    theta = torch.randn(3, 1, count, generator=torch.Generator().manual_seed(0)).double()
    h = torch.randn(3, units, generator=torch.Generator().manual_seed(1)).double()
    Q = turned(theta, units, layers).expand(3, units, units)
    for row in range(3):
        expected = turned_by_hand(h[row].numpy(), theta[row, 0].numpy(), layers)
        np.testing.assert_allclose((h[row] @ Q[row]).numpy(), expected, rtol=0, atol=1e-14)
    eye = torch.eye(units).double().expand_as(Q)
    torch.testing.assert_close(Q @ Q.mT, eye, rtol=0, atol=1e-14)


@pytest.mark.parametrize("layers", [2, 5])
def test_equals_its_equation_in_numpy(layers: int) -> None:
    cell, x = registry.load_cell("goru", {"layers": layers}), inputs()
    params = draw(cell)
    p = {k: (w[0] if w.shape[0] == 1 else w).numpy() for k, w in params.items()}
    ours = hidden(cell, params, x).numpy()
    W_z, W_r, W_g = np.split(p["W"], 3)
    U_r, U_g = np.split(p["U"], 2)
    b_z, b_r, b_g = np.split(p["b"], 3)
    for sequence in range(B):
        h = np.zeros(H)
        for t, x_t in enumerate(x[:, sequence].numpy()):
            r, g = s(W_r @ x_t + U_r @ h + b_r), s(W_g @ x_t + U_g @ h + b_g)
            z = W_z @ x_t + r * turned_by_hand(h, p["theta"], layers)
            h = g * h + (1 - g) * np.sign(z) * np.maximum(np.abs(z) + b_z, 0)
            np.testing.assert_allclose(ours[t, sequence], h, rtol=1e-10, atol=1e-12)


def test_begins_as_its_authors_begin_it() -> None:
    weights = born(registry.load_cell("goru", {"forget_bias": 0.5}), 200)
    b_z, b_r, b_g = weights["b"].chunk(3, -1)
    assert (b_z == 0.01).all() and (b_r == 2).all() and (b_g == 0.5).all()
    theta = weights["theta"]
    assert theta.shape == (1, 199) and theta.abs().max() <= torch.pi
    assert abs(theta.std().item() - torch.pi / 3**0.5) < 0.2


def test_the_gradient_keeps_its_length_where_the_gates_let_it() -> None:
    """r = 1, g = 0 and no threshold: what is left is Q, step after step."""
    cell, x = registry.load_cell("goru"), inputs(steps=30)
    params = draw(cell)
    shifts = torch.tensor([0.0, 1e4, -1e4], dtype=torch.float64).repeat_interleave(H)
    params |= {"b": shifts[None], "U": torch.zeros_like(params["U"])}

    def last(h: torch.Tensor) -> torch.Tensor:
        for x_t in x:
            (h,) = cell.step(params, (h,), x_t[:1])
        return h

    slope = torch.autograd.functional.jacobian(last, torch.zeros(1, H).double())[0, :, 0]
    torch.testing.assert_close(slope @ slope.mT, torch.eye(H).double())
