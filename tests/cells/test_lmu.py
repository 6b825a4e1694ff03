"""The Legendre memory unit: a delay line of fixed matrices, and a simple network that reads it."""

from itertools import product

import numpy as np
import pytest
import torch
from scipy.signal import cont2discrete
from scipy.special import eval_sh_legendre

from seqbench import registry
from seqbench.cell import READOUT, Cell
from tests.helpers.cells import B, H, born, draw, inputs, through_time
from tests.helpers.sequences import far

SIZES = [{"order": 1, "theta": 3}, {"order": 6, "theta": 4}, {"order": 12, "theta": 30}, {}]
every_size = pytest.mark.parametrize("knobs", SIZES, ids=str)


def system(cell: Cell) -> tuple[np.ndarray, np.ndarray]:
    """Voelker et al.'s equation 2, entry by entry, over theta."""
    A, b = np.zeros((cell.order, cell.order)), np.zeros((cell.order, 1))
    for i, j in product(range(cell.order), repeat=2):
        A[i, j] = (2 * i + 1) * (-1 if i < j else (-1) ** (i - j + 1)) / cell.theta
    for i in range(cell.order):
        b[i] = (2 * i + 1) * (-1) ** i / cell.theta
    return A, b


def zero_order_hold(cell: Cell) -> np.ndarray:
    """B and A by scipy's own discretization. (D, 1 + D)"""
    none = np.zeros((1, cell.order)), np.zeros((1, 1))
    return np.hstack(cont2discrete((*system(cell), *none), 1.0, "zoh")[1::-1])


@every_size
def test_matrices_are_the_zero_order_hold_of_the_papers(knobs: dict[str, object]) -> None:
    cell = registry.load_cell("lmu", knobs)
    held, expected = torch.tensor(cell.held, dtype=torch.float64), zero_order_hold(cell)
    assert far(held, torch.from_numpy(expected)) <= 1e-12


@every_size
def test_matrices_agree_with_a_power_series(knobs: dict[str, object]) -> None:
    """exp(A) and the integral of exp(A s) b over a step, without any matrix exponential."""
    cell = registry.load_cell("lmu", knobs)
    A, b = (part.astype(np.longdouble) for part in system(cell))
    term = np.eye(cell.order, dtype=np.longdouble)
    flow, pushed = np.zeros_like(term), np.zeros_like(b)
    for n in range(1, 200):
        flow, pushed = flow + term, pushed + term @ b / n
        term = term @ A / n
    held = torch.tensor(cell.held, dtype=torch.float64)
    expected = np.hstack([pushed, flow]).astype(np.float64)
    assert far(held, torch.from_numpy(expected)) <= 1e-9  # the series of order 12 and 32 cancels


@every_size
@pytest.mark.parametrize("weights", [draw, born])
def test_equals_its_equation_in_numpy(knobs: dict[str, object], weights: object) -> None:
    cell, x = registry.load_cell("lmu", knobs), inputs(steps=40)
    params = {k: 0.3 * v.double() for k, v in weights(cell).items()}
    w = {k: v.numpy() for k, v in params.items()}
    held, states = zero_order_hold(cell), through_time(cell, params, x)
    for sequence in range(B):
        h, m = np.zeros(H), np.zeros(cell.order)
        for n, (x_t, (our_h, our_m)) in enumerate(zip(x[:, sequence].numpy(), states, strict=True)):
            u = w["e_x"] @ x_t + w["e_h"] @ h + w["e_m"] @ m
            m = held[:, 1:] @ m + held[:, 0] * u
            h = np.tanh(w["W"] @ x_t + w["U"] @ h + w["M"] @ m)
            assert far(our_m[sequence], torch.from_numpy(m)) <= 1e-11, n
            assert far(our_h[sequence], torch.from_numpy(h)) <= 1e-11, n


def remembered(cell: Cell, signal: torch.Tensor) -> torch.Tensor:
    """The memory after a signal, (T,), that goes straight into it. (D,)"""
    params = {k: torch.zeros_like(v) for k, v in draw(cell).items()}
    params["e_x"][0, 0] = 1.0
    x = torch.zeros(len(signal), 1, params["W"].shape[-1], dtype=torch.float64)
    x[..., 0] = signal[:, None]
    return through_time(cell, params, x)[-1][1][0]


@pytest.mark.parametrize("turns", [1, 3, 6])
def test_the_memory_is_the_window_in_legendre_polynomials(turns: int) -> None:
    """What u was r theta steps ago, for every r from 0 to 1, of a sine that turns in the window."""
    cell = registry.load_cell("lmu", {"order": 32, "theta": 400})
    time = torch.arange(2000, dtype=torch.float64)

    def sine(t: torch.Tensor) -> torch.Tensor:
        return torch.sin(2 * np.pi * turns * t / cell.theta)

    m = remembered(cell, sine(time + 0.5))  # held: the mean of a step is that of its middle
    ago = np.linspace(0, 1, 50)
    found = sum(eval_sh_legendre(i, ago) * m[i].item() for i in range(cell.order))
    assert (
        np.abs(found - sine(torch.from_numpy(2000 - ago * cell.theta)).numpy()).max() < 0.03
    )  # the last step is a stair


def test_what_is_older_than_the_window_is_let_go() -> None:
    cell = registry.load_cell("lmu")
    signal = torch.zeros(300, dtype=torch.float64)
    signal[:20] = 1.0
    during, long_after = (remembered(cell, signal[:n]).norm() for n in (100, 300))
    assert during > 0.1 and long_after < 1e-3 * during


def test_begins_as_a_plain_delay_line() -> None:
    weights = born(registry.load_cell("lmu"), 300)
    assert not weights["e_m"].any() and weights["e_h"].std().item() == pytest.approx(
        300**-0.5, rel=0.1
    )


@pytest.mark.parametrize(("n", "m"), [(7, 3), (4, 1)])
def test_parameter_counts(n: int, m: int) -> None:
    shapes = registry.load_cell("lmu", {"order": 5}).shapes({"I": m, "H": n, "O": 2})
    own = sum(a * b for k, (a, b) in shapes.items() if k not in READOUT)
    assert own == n * (m + n + 5) + m + n + 5
