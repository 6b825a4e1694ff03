"""Cells from differential equations against torchrecurrent and their papers."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
import torchrecurrent
from scipy.special import erf
from torch import nn

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import READOUT, Cell
from tests.helpers.cells import INPUTS, B, H, born, draw, inputs, s, through_time


def plain(params: Tensors) -> dict[str, np.ndarray]:
    """NumPy arrays, rows as vectors."""
    return {k: (v[0] if v.shape[0] == 1 else v).numpy() for k, v in params.items()}


ANTISYMMETRIC = {"weight_ih": "W", "weight_hh": "U", "bias_ih": "b"}
TWINS = [
    (
        "antisymmetric",
        {"eps": 0.3, "gamma": 0.2},
        torchrecurrent.AntisymmetricRNNCell(INPUTS, H, epsilon=0.3, gamma=0.2),
        ANTISYMMETRIC,
    ),
    (
        "gated_antisymmetric",
        {"eps": 0.3, "gamma": 0.2},
        torchrecurrent.GatedAntisymmetricRNNCell(INPUTS, H, epsilon=0.3, gamma=0.2),
        ANTISYMMETRIC,  # its second bias, which only the candidate has, stays 0
    ),
    (
        "cornn",
        {"dt": 0.3, "gamma": 0.7, "eps": 0.9},
        torchrecurrent.coRNNCell(INPUTS, H, dt=0.3, gamma=0.7, epsilon=0.9),
        {"weight_ih": "W", "weight_hh": "U", "weight_ch": "V", "bias_ih": "b"},
    ),
    (
        "unicornn",
        {"dt": 0.3, "alpha": 0.7},
        torchrecurrent.UnICORNNCell(INPUTS, H, recurrent_bias=True, dt=0.3, alpha=0.7),
        {"weight_ih": "W", "weight_hh": "u", "weight_ch": "c", "bias_ih": "b"},
    ),
]


@pytest.mark.parametrize(("name", "knobs", "twin", "names"), TWINS, ids=[t[0] for t in TWINS])
def test_equals_torchrecurrent_in_value_and_gradient(
    name: str, knobs: dict[str, object], twin: nn.Module, names: dict[str, object]
) -> None:
    cell, x, twin = registry.load_cell(name, knobs), inputs(), twin.double()
    ours = {k: v.requires_grad_() for k, v in draw(cell).items() if k not in READOUT}
    theirs = dict(twin.named_parameters())
    with torch.no_grad():
        for weight in theirs.values():
            weight.zero_()
        for their_name, our_name in names.items():
            theirs[their_name].copy_(ours[our_name].reshape(theirs[their_name].shape))
    assert set(names.values()) == set(ours)
    states = through_time(cell, ours | {"W_out": torch.zeros(2, H, dtype=torch.float64)}, x)
    said = torch.stack([state[0] for state in states])
    zeros = torch.zeros(B, H, dtype=torch.float64)
    state, twin_said = (zeros if len(cell.state) == 1 else (zeros, zeros)), []
    for x_t in x:
        state = twin(x_t, state)
        twin_said.append(state if len(cell.state) == 1 else state[0])
    torch.testing.assert_close(said, torch.stack(twin_said), rtol=1e-10, atol=1e-13)
    grads = torch.autograd.grad(said.square().sum(), list(ours.values()))
    twin_grads = torch.autograd.grad(
        torch.stack(twin_said).square().sum(), [theirs[k] for k in names]
    )
    by_name = dict(zip(names.values(), twin_grads, strict=True))
    for our_name, grad in zip(ours, grads, strict=True):
        expected = by_name[our_name].reshape(grad.shape)
        torch.testing.assert_close(grad, expected, rtol=1e-10, atol=1e-12)


def lem_by_hand(cell: Cell, w: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """torchrecurrent's LEM lets h read the OLD z, so it is no twin: the paper's reads the new."""
    W, U, b = (np.split(w[k], 4) for k in ("W", "U", "b"))
    y, z, path = np.zeros(H), np.zeros(H), []
    for u in x:
        slow = cell.dt * s(U[0] @ y + W[0] @ u + b[0])
        bar = cell.dt * s(U[1] @ y + W[1] @ u + b[1])
        z = z + slow * (np.tanh(U[2] @ y + W[2] @ u + b[2]) - z)
        y = y + bar * (np.tanh(U[3] @ z + W[3] @ u + b[3]) - y)
        path.append(y)
    return path


def lipschitz_by_hand(cell: Cell, w: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    def build(matrix: np.ndarray) -> np.ndarray:
        symmetric, skew = matrix + matrix.T, matrix - matrix.T
        return (1 - cell.beta) * symmetric + cell.beta * skew - cell.gamma * np.eye(H)

    A, R = (build(matrix) for matrix in np.split(w["U"], 2))
    h, path = np.zeros(H), []
    for u in x:
        h = h + cell.eps * (A @ h + np.tanh(R @ h + w["W"] @ u + w["b"]))
        path.append(h)
    return path


def lru_by_hand(cell: Cell, w: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """The sum over the whole past, no recurrence: s_t = sum_k l^k e^gamma B x_{t-k}."""
    eigenvalues = np.exp(-np.exp(w["nu"]) + 1j * np.exp(w["theta"]))
    B, C = (w[k][:H] + 1j * w[k][H:] for k in ("W", "C"))
    path = []
    for t, u in enumerate(x):
        s = sum(eigenvalues**k * np.exp(w["gamma"]) * (B @ x[t - k]) for k in range(t + 1))
        path.append((C @ s).real + w["D"] @ u)
    return path


def s4d_by_hand(cell: Cell, w: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Every unit convolves its input with the kernel K_l = 2 Re sum C (e^dA - 1)/A e^(l dA)."""
    u, d = x @ w["W"].T + w["b"], np.exp(w["log_d"])
    path = np.zeros((len(x), H))
    for unit in range(H):
        own = slice(unit * cell.pairs, (unit + 1) * cell.pairs)
        A = -np.exp(w["log_A"][own]) + 1j * w["A_im"][own]
        C = (w["C_re"] + 1j * w["C_im"])[own] * (np.exp(d[unit] * A) - 1) / A
        kernel = [2 * np.sum(C * np.exp(k * d[unit] * A)).real for k in range(len(x))]
        path[:, unit] = np.convolve(kernel, u[:, unit])[: len(x)] + w["D"][unit] * u[:, unit]
    return list(path * (1 + erf(path / math.sqrt(2))) / 2)


BY_HAND = [
    ("lem", {"dt": 0.7}, lem_by_hand),
    ("lipschitz_rnn", {"eps": 0.3, "beta": 0.7, "gamma": 0.2}, lipschitz_by_hand),
    ("lru", {}, lru_by_hand),
    ("s4d", {"pairs": 4}, s4d_by_hand),
]


@pytest.mark.parametrize(("name", "knobs", "by_hand"), BY_HAND, ids=[h[0] for h in BY_HAND])
@pytest.mark.parametrize("weights", [draw, born])
def test_equals_its_equation_in_numpy(
    name: str,
    knobs: dict[str, object],
    by_hand: Callable[..., np.ndarray],
    weights: Callable[..., Tensors],
) -> None:
    cell, x = registry.load_cell(name, knobs), inputs()
    params = {k: v.double() for k, v in weights(cell).items()}
    said = torch.stack([state[0] for state in through_time(cell, params, x)], 1)  # (B, T, H)
    for sequence in range(B):
        expected = by_hand(cell, plain(params), x[:, sequence].numpy())
        np.testing.assert_allclose(said[sequence], expected, rtol=1e-9, atol=1e-12)
