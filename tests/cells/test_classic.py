"""The textbook cells against torch and against their equations, one gate at a time."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from seqbench import registry
from tests.helpers.cells import SIZES, draw, inputs, s, through_time

TWINS = [
    ("rnn", {"activation": "tanh"}, torch.nn.RNN, {"nonlinearity": "tanh"}),
    ("rnn", {"activation": "relu"}, torch.nn.RNN, {"nonlinearity": "relu"}),
    ("lstm", {}, torch.nn.LSTM, {}),
    ("gru_reset_after", {}, torch.nn.GRU, {}),
]


@pytest.mark.parametrize(("name", "knobs", "module", "options"), TWINS)
@pytest.mark.parametrize(("dtype", "rtol"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
def test_equals_its_torch_twin(
    name: str,
    knobs: dict[str, object],
    module: type[nn.RNNBase],
    options: dict[str, object],
    dtype: torch.dtype,
    rtol: float,
) -> None:
    cell, x = registry.load_cell(name, knobs), inputs(dtype=dtype)
    params = draw(cell, dtype=dtype)
    n = SIZES["H"]
    twin = module(SIZES["I"], n, dtype=dtype, **options)
    hidden_bias = torch.zeros_like(params["b"][0])
    if "b_h" in params:  # torch keeps two biases; ours is the second for the gate n alone
        hidden_bias = torch.cat([hidden_bias[: 2 * n], params["b_h"][0]])
    with torch.no_grad():
        twin.weight_ih_l0.copy_(params["W"])
        twin.weight_hh_l0.copy_(params["U"])
        twin.bias_ih_l0.copy_(params["b"][0])
        twin.bias_hh_l0.copy_(hidden_bias)
    ours = {k: v.requires_grad_() for k, v in params.items()}
    h = torch.stack([state[0] for state in through_time(cell, ours, x)])
    theirs, _ = twin(x)
    close = {"rtol": rtol, "atol": rtol}
    torch.testing.assert_close(h, theirs, **close)
    h.square().sum().backward()
    theirs.square().sum().backward()
    torch.testing.assert_close(ours["W"].grad, twin.weight_ih_l0.grad, **close)
    torch.testing.assert_close(ours["U"].grad, twin.weight_hh_l0.grad, **close)
    torch.testing.assert_close(ours["b"].grad[0], twin.bias_ih_l0.grad, **close)
    if "b_h" in ours:
        torch.testing.assert_close(ours["b_h"].grad[0], twin.bias_hh_l0.grad[2 * n :], **close)


def blocks(values: np.ndarray, gates: str) -> dict[str, np.ndarray]:
    n = SIZES["H"]
    return {gate: values[j * n : (j + 1) * n] for j, gate in enumerate(gates)}


def peephole_by_hand(p: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Gers and Schmidhuber's equations, gate by gate."""
    W, R, b = (blocks(p[k], "ifzo") for k in ("W", "U", "b"))
    peep = blocks(p["p"], "ifo")
    h = c = np.zeros((x.shape[1], SIZES["H"]))
    path = []
    for x_t in x:
        a = {g: x_t @ W[g].T + h @ R[g].T + b[g] for g in "ifzo"}
        i, f = s(a["i"] + peep["i"] * c), s(a["f"] + peep["f"] * c)
        c = f * c + i * np.tanh(a["z"])
        o = s(a["o"] + peep["o"] * c)
        h = o * np.tanh(c)
        path.append(h)
    return path


def gru_by_hand(p: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Cho et al.'s equations, one sequence and one gate at a time."""
    W, U, b = (blocks(p[k], "rzn") for k in ("W", "U", "b"))
    path = [np.zeros((x.shape[1], SIZES["H"]))]
    for x_t in x:
        new = []
        for x_b, h in zip(x_t, path[-1], strict=True):
            r = s(W["r"] @ x_b + U["r"] @ h + b["r"])
            z = s(W["z"] @ x_b + U["z"] @ h + b["z"])
            proposal = np.tanh(W["n"] @ x_b + U["n"] @ (r * h) + b["n"])
            new.append(z * h + (1 - z) * proposal)
        path.append(np.array(new))
    return path[1:]


def jordan_by_hand(p: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Own output fed back through tanh, with a context that keeps half of itself."""
    context = np.zeros((x.shape[1], SIZES["O"]))
    y, path = context, []
    for x_t in x:
        context = 0.5 * context + y  # c_t = mu c_{t-1} + y_{t-1}, as Jordan counts
        h = np.tanh(x_t @ p["W"].T + context @ p["V"].T + p["b"])
        y = np.tanh(h @ p["W_out"].T + p["b_out"])
        path.append(h)
    return path


def memoryless_by_hand(p: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    return list(np.tanh(x @ p["W"].T + p["b"]))


BY_HAND = [
    ("lstm_peephole", {}, peephole_by_hand),
    ("gru", {}, gru_by_hand),
    ("jordan", {"decay": 0.5}, jordan_by_hand),
    ("memoryless", {}, memoryless_by_hand),
]


@pytest.mark.parametrize(("name", "knobs", "by_hand"), BY_HAND)
def test_equals_its_equation_in_numpy(
    name: str, knobs: dict[str, object], by_hand: Callable[..., np.ndarray]
) -> None:
    cell, x = registry.load_cell(name, knobs), inputs()
    params = draw(cell)
    plain = {k: (v[0] if v.shape[0] == 1 else v).numpy() for k, v in params.items()}
    ours = [state[0].numpy() for state in through_time(cell, params, x)]
    np.testing.assert_allclose(ours, by_hand(plain, x.numpy()), rtol=1e-10, atol=1e-12)


def test_modrelu_shrinks_by_its_threshold_and_keeps_the_sign() -> None:
    cell = registry.load_cell("rnn", {"activation": "modrelu"})
    params = {
        "W": torch.eye(2, dtype=torch.float64),
        "U": torch.zeros(2, 2, dtype=torch.float64),
        "b": torch.tensor([[-1.0, 0.5]], dtype=torch.float64),
    }
    x = torch.tensor([[3.0, -2.0], [0.5, 2.0]], dtype=torch.float64)
    (h,) = cell.step(params, (torch.zeros(2, 2, dtype=torch.float64),), x)
    assert h.tolist() == [[2.0, -2.5], [0.0, 2.5]]


def test_jordan_remembers_as_many_numbers_as_it_says() -> None:
    cell, x = registry.load_cell("jordan"), inputs().requires_grad_()
    last = through_time(cell, draw(cell), x)[-1][0][0]  # h of one sequence
    rows = [torch.autograd.grad(unit, x, retain_graph=True)[0][0, 0] for unit in last]
    assert torch.linalg.matrix_rank(torch.stack(rows)) <= SIZES["O"] < SIZES["H"]


@pytest.mark.parametrize("n", [4, 7])
def test_parameter_counts(n: int) -> None:
    def count(name: str) -> int:
        shapes = [p.shape({"I": m, "H": n}) for p in registry.load_cell(name).params().values()]
        return sum(rows * columns for rows, columns in shapes)

    m = 3
    per_gate = n * m + n * n + n
    assert count("memoryless") == n * m + n
    assert count("rnn") == per_gate
    assert count("gru") == 3 * per_gate
    assert count("gru_reset_after") == 3 * per_gate + n
    assert count("lstm") == 4 * per_gate
    assert count("lstm_peephole") == 4 * per_gate + 3 * n  # definition: 4(nm + n^2 + n) + 3n
