"""Gated cells whose recurrent matrices are diagonal: torch's own cells with such matrices."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import READOUT
from tests.helpers.cells import INPUTS, B, H, born, draw, hidden, inputs, s, through_time
from tests.helpers.sequences import far

STEPS = 11
TORCH = {"diagonal_gru": nn.GRUCell, "diagonal_lstm": nn.LSTMCell}
every_one = pytest.mark.parametrize("name", TORCH)


def matrices(u: Tensor) -> Tensor:
    """A diagonal matrix for each gate, below each other: (1, gates * H) -> (gates * H, H)"""
    return torch.cat([block.diag() for block in u[0].split(H)])


def by_torch(name: str, params: Tensors, x: Tensor) -> Tensor:
    cell, state, said = TORCH[name](INPUTS, H, dtype=torch.float64), None, []
    weights = {"weight_ih": params["W"], "weight_hh": matrices(params["u"])}
    weights |= {"bias_ih": params["b"][0], "bias_hh": torch.zeros_like(params["b"][0])}
    for x_t in x:
        state = torch.func.functional_call(cell, weights, (x_t, state))
        said.append(state if isinstance(state, Tensor) else state[0])
    return torch.stack(said)


@every_one
def test_equals_torchs_cell_with_diagonal_matrices_in_value_and_gradient(name: str) -> None:
    """torch resets after the product, which with a diagonal and no bias inside is the same."""
    cell, x = registry.load_cell(name), inputs(steps=STEPS)
    params = {k: v.requires_grad_() for k, v in draw(cell).items()}
    ours, theirs = hidden(cell, params, x), by_torch(name, params, x)
    assert far(ours, theirs) <= 1e-14
    own = [v for k, v in params.items() if k not in READOUT]
    slopes = [torch.autograd.grad(h.square().sum(), own) for h in (ours, theirs)]
    for our, their in zip(*slopes, strict=True):
        assert far(our, their) <= 1e-14


def gru_by_hand(w: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Danieli et al.'s ParaGRU, unit by unit; their z is 1 - ours."""
    (W_r, W_z, W_n), h, path = np.split(w["W"], 3), np.zeros(H), []
    (u_r, u_z, u_n), (b_r, b_z, b_n) = (np.split(w[k][0], 3) for k in ("u", "b"))
    for x_t in x:
        old, h = h, np.zeros(H)
        for k in range(H):
            z = s(-(W_z[k] @ x_t + u_z[k] * old[k] + b_z[k]))
            r = s(W_r[k] @ x_t + u_r[k] * old[k] + b_r[k])
            c = np.tanh(u_n[k] * (old[k] * r) + W_n[k] @ x_t + b_n[k])
            h[k] = (1 - z) * old[k] + z * c
        path.append(h)
    return path


def lstm_by_hand(w: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Gers et al.'s LSTM, unit by unit."""
    (W_i, W_f, W_g, W_o), c, h, path = np.split(w["W"], 4), np.zeros(H), np.zeros(H), []
    (u_i, u_f, u_g, u_o), (b_i, b_f, b_g, b_o) = (np.split(w[k][0], 4) for k in ("u", "b"))
    for x_t in x:
        old, h = h, np.zeros(H)
        for k in range(H):
            i = s(W_i[k] @ x_t + u_i[k] * old[k] + b_i[k])
            f = s(W_f[k] @ x_t + u_f[k] * old[k] + b_f[k])
            c[k] = f * c[k] + i * np.tanh(W_g[k] @ x_t + u_g[k] * old[k] + b_g[k])
            h[k] = s(W_o[k] @ x_t + u_o[k] * old[k] + b_o[k]) * np.tanh(c[k])
        path.append(h)
    return path


BY_HAND = {"diagonal_gru": gru_by_hand, "diagonal_lstm": lstm_by_hand}


@every_one
def test_equals_its_equation_one_sequence_and_one_unit_at_a_time(name: str) -> None:
    cell, x = registry.load_cell(name), inputs(steps=STEPS)
    params = draw(cell)
    plain, said = {k: v.numpy() for k, v in params.items()}, hidden(cell, params, x)
    for sequence in range(B):
        expected = np.stack(BY_HAND[name](plain, x[:, sequence].numpy()))
        assert far(said[:, sequence], torch.from_numpy(expected)) <= 1e-14


@pytest.mark.parametrize("name", ["gru", "lstm"])
def test_is_the_full_cell_whose_matrices_are_diagonal(name: str) -> None:
    diagonal, full = registry.load_cell(f"diagonal_{name}"), registry.load_cell(name)
    params, x = draw(diagonal), inputs()
    same = params | {"U": matrices(params["u"])}
    assert far(hidden(diagonal, params, x), hidden(full, same, x)) <= 1e-14


@every_one
def test_units_are_independent_through_time(name: str) -> None:
    cell, x = registry.load_cell(name), inputs()
    params = draw(cell)
    start = cell.start(x[0], params)[0][:1]
    others = [torch.zeros_like(start) for _ in cell.state[1:]]

    def last(h: Tensor) -> Tensor:
        return through_time(cell, params, x[:, :1], (h, *others))[-1][0]

    J = torch.autograd.functional.jacobian(last, start).reshape(H, H)
    assert J.diagonal().all() and torch.equal(J, J.diagonal().diag())


@every_one
@pytest.mark.parametrize("gain", [1.0, 0.3])
def test_begins_between_minus_and_plus_gain(name: str, gain: float) -> None:
    u = born(registry.load_cell(name, {"gain": gain}), 300)["u"]
    assert -gain <= u.min() < -0.98 * gain and 0.98 * gain < u.max() <= gain


@pytest.mark.parametrize(("n", "m"), [(7, 3), (4, 5)])
@pytest.mark.parametrize(("name", "gates"), [("diagonal_gru", 3), ("diagonal_lstm", 4)])
def test_parameter_counts(name: str, gates: int, n: int, m: int) -> None:
    shapes = registry.load_cell(name).shapes({"I": m, "H": n, "O": 2})
    own = sum(rows * columns for k, (rows, columns) in shapes.items() if k not in READOUT)
    assert own == gates * (n * m + 2 * n)
