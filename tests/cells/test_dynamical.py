"""Oscillators, antisymmetric and linear recurrences against other code and their own promises."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
import torchrecurrent
from scipy.special import erf
from torch import Tensor, nn

from seqbench import registry
from seqbench.axes import State, Tensors
from seqbench.cell import READOUT, Cell

M, N, T, B = 3, 5, 6, 4  # inputs, units, steps, sequences
SIZES = {"I": M, "H": N, "O": 2}


def draw(cell: Cell, spread: float = 0.5, seed: int = 0) -> Tensors:
    """Random weights in float64, none of them zero."""
    stream = torch.Generator().manual_seed(seed)
    return {
        name: spread * torch.randn(shape, generator=stream, dtype=torch.float64)
        for name, shape in cell.shapes(SIZES).items()
    }


def inputs(steps: int = T) -> Tensor:
    stream = torch.Generator().manual_seed(1)
    return torch.randn(steps, B, M, generator=stream, dtype=torch.float64)


def run(cell: Cell, params: Tensors, x: Tensor) -> list[State]:
    states = [cell.start(x[0], params)]
    for x_t in x:
        states.append(cell.step(params, states[-1], x_t))
    return states[1:]


def born(cell: Cell, units: int = N) -> Tensors:
    return cell.initialize(SIZES | {"H": units}, torch.Generator().manual_seed(0))


def plain(params: Tensors) -> dict[str, np.ndarray]:
    """NumPy arrays, rows as vectors."""
    return {k: (v[0] if v.shape[0] == 1 else v).numpy() for k, v in params.items()}


# --- the same numbers and gradients as torchrecurrent, where it agrees with the paper ---

ANTISYMMETRIC = {"weight_ih": "W", "weight_hh": "U", "bias_ih": "b"}
TWINS = [
    (
        "antisymmetric",
        {"eps": 0.3, "gamma": 0.2},
        torchrecurrent.AntisymmetricRNNCell(M, N, epsilon=0.3, gamma=0.2),
        ANTISYMMETRIC,
    ),
    (
        "gated_antisymmetric",
        {"eps": 0.3, "gamma": 0.2},
        torchrecurrent.GatedAntisymmetricRNNCell(M, N, epsilon=0.3, gamma=0.2),
        ANTISYMMETRIC,  # its second bias, which only the candidate has, stays 0
    ),
    (
        "cornn",
        {"dt": 0.3, "gamma": 0.7, "eps": 0.9},
        torchrecurrent.coRNNCell(M, N, dt=0.3, gamma=0.7, epsilon=0.9),
        {"weight_ih": "W", "weight_hh": "U", "weight_ch": "V", "bias_ih": "b"},
    ),
    (
        "unicornn",
        {"dt": 0.3, "alpha": 0.7},
        torchrecurrent.UnICORNNCell(M, N, recurrent_bias=True, dt=0.3, alpha=0.7),
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
    states = run(cell, ours | {"W_out": torch.zeros(2, N, dtype=torch.float64)}, x)
    said = torch.stack([state[0] for state in states])
    zeros = torch.zeros(B, N, dtype=torch.float64)
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


# --- the paper's equations, one sequence and one gate at a time ---


def logistic(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def lem_by_hand(cell: Cell, w: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """torchrecurrent's LEM lets h read the OLD z, so it is no twin: the paper's reads the new."""
    W, U, b = (np.split(w[k], 4) for k in ("W", "U", "b"))
    y, z, path = np.zeros(N), np.zeros(N), []
    for u in x:
        slow = cell.dt * logistic(U[0] @ y + W[0] @ u + b[0])
        bar = cell.dt * logistic(U[1] @ y + W[1] @ u + b[1])
        z = z + slow * (np.tanh(U[2] @ y + W[2] @ u + b[2]) - z)
        y = y + bar * (np.tanh(U[3] @ z + W[3] @ u + b[3]) - y)
        path.append(y)
    return path


def lipschitz_by_hand(cell: Cell, w: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    def build(matrix: np.ndarray) -> np.ndarray:
        symmetric, skew = matrix + matrix.T, matrix - matrix.T
        return (1 - cell.beta) * symmetric + cell.beta * skew - cell.gamma * np.eye(N)

    A, R = (build(matrix) for matrix in np.split(w["U"], 2))
    h, path = np.zeros(N), []
    for u in x:
        h = h + cell.eps * (A @ h + np.tanh(R @ h + w["W"] @ u + w["b"]))
        path.append(h)
    return path


def lru_by_hand(cell: Cell, w: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """The sum over the whole past, no recurrence: s_t = sum_k l^k e^gamma B x_{t-k}."""
    eigenvalues = np.exp(-np.exp(w["nu"]) + 1j * np.exp(w["theta"]))
    B, C = (w[k][:N] + 1j * w[k][N:] for k in ("W", "C"))
    path = []
    for t, u in enumerate(x):
        s = sum(eigenvalues**k * np.exp(w["gamma"]) * (B @ x[t - k]) for k in range(t + 1))
        path.append((C @ s).real + w["D"] @ u)
    return path


def s4d_by_hand(cell: Cell, w: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Every unit convolves its input with the kernel K_l = 2 Re sum C (e^dA - 1)/A e^(l dA)."""
    u, d = x @ w["W"].T + w["b"], np.exp(w["log_d"])
    path = np.zeros((len(x), N))
    for unit in range(N):
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
    said = torch.stack([state[0] for state in run(cell, params, x)], 1)  # (B, T, H)
    for sequence in range(B):
        expected = by_hand(cell, plain(params), x[:, sequence].numpy())
        np.testing.assert_allclose(said[sequence], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n", [4, 7])
@pytest.mark.parametrize("m", [1, 3])
@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("antisymmetric", lambda n, m: n * m + n * n + n),
        ("gated_antisymmetric", lambda n, m: 2 * n * m + n * n + 2 * n),
        ("cornn", lambda n, m: n * m + 2 * n * n + n),
        ("unicornn", lambda n, m: n * m + 3 * n),
        ("lem", lambda n, m: 4 * (n * m + n * n + n)),
        ("lipschitz_rnn", lambda n, m: n * m + 2 * n * n + n),
        ("lru", lambda n, m: 3 * n * m + 2 * n * n + 3 * n),
        ("s4d", lambda n, m: n * m + 3 * n + 4 * n * 32),
    ],
)
def test_parameter_counts(name: str, formula: Callable[[int, int], int], n: int, m: int) -> None:
    shapes = registry.load_cell(name).shapes({"I": m, "H": n, "O": 2})
    assert sum(a * b for k, (a, b) in shapes.items() if k not in READOUT) == formula(n, m)


# --- what each one promises ---


def at_rest(cell: Cell, params: Tensors) -> Tensor:
    """The Jacobian of a step without input at state zero, where tanh is steepest."""
    zero = torch.zeros(1, N, dtype=torch.float64)

    def step(h: Tensor) -> Tensor:
        return cell.step(params, (h,), zero[:, :M])[0]

    return torch.autograd.functional.jacobian(step, zero).reshape(N, N)


GATE_AT_ZERO = [("antisymmetric", 1), ("gated_antisymmetric", 0.5)]


@pytest.mark.parametrize(("name", "gate"), GATE_AT_ZERO)
def test_antisymmetric_only_rotates_and_decays_by_gamma(name: str, gate: float) -> None:
    cell = registry.load_cell(name, {"eps": 0.1, "gamma": 0.3})
    params = draw(cell) | {"b": torch.zeros_like(draw(cell)["b"])}
    A = (at_rest(cell, params) - torch.eye(N)) / (cell.eps * gate)
    values = torch.linalg.eigvals(A)
    torch.testing.assert_close(values.real, torch.full((N,), -0.3, dtype=torch.float64))
    assert values.imag.abs().max() > 0.5


@pytest.mark.parametrize("beta", [0.0, 1.0])
def test_lipschitz_beta_goes_from_symmetric_to_antisymmetric(beta: float) -> None:
    cell = registry.load_cell("lipschitz_rnn", {"eps": 0.1, "beta": beta, "gamma": 0.3})
    params = draw(cell) | {"b": torch.zeros(1, N, dtype=torch.float64)}
    values = torch.linalg.eigvals((at_rest(cell, params) - torch.eye(N)) / cell.eps)  # of A + R
    if beta == 1:
        torch.testing.assert_close(values.real, torch.full((N,), -0.6, dtype=torch.float64))
    else:
        assert values.imag.abs().max() < 1e-12
        assert values.real.max() > 0  # so stability is not guaranteed by the form alone


@pytest.mark.parametrize("knobs", [{}, {"dt": 0.1, "gamma": 1.0, "eps": 1.0}])
@pytest.mark.parametrize("spread", [0.5, 10.0])
def test_cornn_energy_is_bounded_whatever_the_weights(
    knobs: dict[str, object], spread: float
) -> None:
    """gamma |h|^2 + |z|^2 <= n dt H / (2 eps - dt (gamma + eps^2)): from multiplying the update of
    z by the new z and that of h by the old h, with |tanh| <= 1."""
    cell, x = registry.load_cell("cornn", knobs), 5 * inputs(300)
    slack = 2 * cell.eps - cell.dt * (cell.gamma + cell.eps**2)
    assert slack > 0
    for n, (h, z) in enumerate(run(cell, draw(cell, spread), x), 1):
        energy = cell.gamma * h.square().sum(-1) + z.square().sum(-1)
        assert (energy <= n * cell.dt * N / slack).all()


def test_unicornn_keeps_the_volume_and_can_be_undone() -> None:
    cell = registry.load_cell("unicornn")
    params, x = draw(cell), inputs()[0, :1]
    before = torch.randn(2, 1, N, generator=torch.Generator().manual_seed(2), dtype=torch.float64)

    def step(state: Tensor) -> Tensor:
        return torch.stack(cell.step(params, tuple(state), x))

    jacobian = torch.autograd.functional.jacobian(step, before).reshape(2 * N, 2 * N)
    assert torch.linalg.det(jacobian).item() == pytest.approx(1, abs=1e-12)
    h, z = step(before)
    d = cell.dt * torch.sigmoid(params["c"])
    h = h - d * z
    force = torch.tanh(x @ params["W"].mT + params["u"] * h + params["b"])
    z = z + d * (force + cell.alpha * h)
    torch.testing.assert_close(torch.stack([h, z]), before)


@pytest.mark.parametrize("spread", [0.5, 10.0])
def test_unicornn_energy_grows_at_most_with_the_square_of_time(spread: float) -> None:
    """alpha h^2 + z^2 <= (n d)^2 / (1 - d sqrt(alpha) / 2): the unforced step conserves
    alpha h^2 + z^2 - d alpha h z, and a force of at most 1 adds at most d to its root."""
    cell, x = registry.load_cell("unicornn"), 5 * inputs(300)
    params = draw(cell, spread)
    d = cell.dt * torch.sigmoid(params["c"])
    for n, (h, z) in enumerate(run(cell, params, x), 1):
        energy = cell.alpha * h.square() + z.square()
        bound = (n * d) ** 2 / (1 - d * cell.alpha**0.5 / 2)
        assert (energy <= bound * (1 + 1e-12)).all()


def test_unicornn_starts_as_the_authors_code() -> None:
    weights = born(registry.load_cell("unicornn"), 200)
    assert 0 <= weights["u"].min() < 0.05 and 0.95 < weights["u"].max() <= 1
    assert -0.1 <= weights["c"].min() < -0.09 and 0.09 < weights["c"].max() <= 0.1


def test_lem_stays_within_one() -> None:
    cell = registry.load_cell("lem")
    for h, z in run(cell, draw(cell, 5.0), 5 * inputs(100)):
        assert h.abs().max() <= 1 and z.abs().max() <= 1


def test_lem_starts_uniform_within_one_over_root_units() -> None:
    cell = registry.load_cell("lem")
    weights = born(cell, 100)
    for name in cell.params():
        assert 0.095 < weights[name].abs().max() <= 0.1 + 1e-6
        assert weights[name].std().item() == pytest.approx(0.1 / 3**0.5, rel=0.1)


def test_lru_is_born_in_its_ring_and_normalizes_its_input() -> None:
    cell = registry.load_cell("lru", {"r_min": 0.5, "r_max": 0.9, "max_phase": 1.5})
    weights = born(cell, 500)
    length, angle = (-weights["nu"].exp()).exp(), weights["theta"].exp()
    assert 0.5 - 1e-6 <= length.min() < 0.52 and 0.89 < length.max() <= 0.9 + 1e-6
    assert length.square().mean().item() == pytest.approx((0.25 + 0.81) / 2, rel=0.03)  # by area
    assert angle.max() <= 1.5 and angle.mean().item() == pytest.approx(0.75, rel=0.1)
    torch.testing.assert_close(weights["gamma"].exp(), (1 - length**2).sqrt(), rtol=1e-4, atol=0)


@pytest.mark.parametrize("radius", [0.0, 1.0])
def test_lru_starts_finite_at_radii_that_it_cannot_reach(radius: float) -> None:
    weights = born(registry.load_cell("lru", {"r_min": radius, "r_max": radius}))
    assert all(w.isfinite().all() for w in weights.values())


@pytest.mark.parametrize("name", ["lru", "s4d"])
def test_linear_cells_never_grow_whatever_their_weights(name: str) -> None:
    """An impulse, then silence: the state's numbers only shrink."""
    cell = registry.load_cell(name)
    params, x = draw(cell, 3.0), inputs(30)
    x[1:] = 0
    params = params | ({"b": torch.zeros_like(params["b"])} if "b" in params else {})
    lengths = torch.stack([torch.hypot(re, im) for _, re, im in run(cell, params, x)])
    assert (lengths[1:] <= lengths[:-1] * (1 + 1e-12)).all()
    assert (lengths[-1] < lengths[0]).any()


def test_lru_is_linear_in_the_past_so_it_cannot_multiply_by_a_mark() -> None:
    cell = registry.load_cell("lru")
    params, one, other = draw(cell), inputs(), inputs().flip(0)
    both, first, second = (run(cell, params, x)[-1][0] for x in (one + other, one, other))
    torch.testing.assert_close(both, first + second)


def test_s4d_is_born_as_s4d_lin() -> None:
    cell = registry.load_cell("s4d", {"pairs": 4})
    weights = born(cell, 300)
    A = (-weights["log_A"].exp() + 1j * weights["A_im"]).reshape(300, 4)
    expected = torch.tensor([-0.5 + 1j * math.pi * n for n in range(4)]).expand(300, 4)
    torch.testing.assert_close(A, expected)
    d = weights["log_d"].exp()
    assert 0.001 - 1e-6 <= d.min() < 0.0012 and 0.09 < d.max() <= 0.1 + 1e-6
    assert weights["log_d"].mean().item() == pytest.approx(math.log(0.01), rel=0.03)
    size = weights["C_re"].square().mean() + weights["C_im"].square().mean()
    assert size.item() == pytest.approx(1, rel=0.1)
