"""LinOSS: forced oscillators, each by itself, stepped implicitly or half explicitly."""

import math

import numpy as np
import pytest
import torch
from scipy.linalg import expm
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import READOUT, Cell
from tests.helpers.cells import INPUTS, B, H, born, draw, inputs, s, through_time
from tests.helpers.oracles import oracle
from tests.helpers.sequences import far

SCHEMES = ("implicit", "implicit_explicit")
every_scheme = pytest.mark.parametrize("scheme", SCHEMES)


def linoss(scheme: str) -> Cell:
    return registry.load_cell("linoss", {"discretization": scheme})


def by_hand(cell: Cell, w: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """Rusch and Rus, their system of equations solved at every step. (T, I) -> (T, H)"""
    A, dt, y, z, path = np.maximum(w["a"][0], 0), s(w["d"][0]), np.zeros(H), np.zeros(H), []
    for u in x:
        force = w["W"] @ u
        if cell.discretization == "implicit":
            for k in range(H):  # z_n + dt A y_n = z + dt B u_n,  y_n - dt z_n = y
                system = [[1, dt[k] * A[k]], [-dt[k], 1]]
                z[k], y[k] = np.linalg.solve(system, [z[k] + dt[k] * force[k], y[k]])
        else:
            z = z + dt * (-A * y + force)
            y = y + dt * z
        path.append(w["C"] @ y + w["D"] @ u)
    return np.stack(path)


@every_scheme
@pytest.mark.parametrize("weights", [draw, born])
def test_equals_its_equation_in_numpy(scheme: str, weights: object) -> None:
    cell, x = linoss(scheme), inputs(steps=50)
    params = {k: v.double() for k, v in weights(cell).items()}
    plain = {k: v.numpy() for k, v in params.items()}
    said = torch.stack([h for h, _, _ in through_time(cell, params, x)], 1)
    for sequence in range(B):
        expected = torch.from_numpy(by_hand(cell, plain, x[:, sequence].numpy()))
        assert far(said[sequence], expected) <= 1e-13


@every_scheme
def test_equals_linoss_dynamics(scheme: str) -> None:
    """Somebody else's NumPy, which takes one dt for all: so one oscillator at a time."""
    step = oracle("linoss-dynamics", "linoss_dynamics.solver").linoss_step
    cell, x = linoss(scheme), inputs(steps=50)
    params = draw(cell)
    w, states = {k: v.numpy() for k, v in params.items()}, through_time(cell, params, x)
    A, dt = np.maximum(w["a"][0], 0), s(w["d"][0])
    for sequence in range(B):
        y, z = np.zeros(H), np.zeros(H)
        for u, (_, our_y, our_z) in zip(x[:, sequence].numpy(), states, strict=True):
            for k in range(H):
                moved = step(y[k], z[k], A[k], dt[k], scheme, B=w["W"][k : k + 1], u=u)
                y[k], z[k] = moved[0].item(), moved[1].item()
            assert far(our_y[sequence], torch.from_numpy(y)) <= 1e-13
            assert far(our_z[sequence], torch.from_numpy(z)) <= 1e-13


def still(cell: Cell, stiffness: float, dt: float, seed: int = 0) -> Tensors:
    """Weights with one A and one dt for all oscillators."""
    params = draw(cell, seed=seed)
    a, d = (
        torch.full((1, H), v, dtype=torch.float64) for v in (stiffness, math.log(dt / (1 - dt)))
    )
    return params | {"a": a, "d": d}


def end(cell: Cell, steps: int) -> Tensor:
    """y after 4 units of time, A = 2, when pushed by one constant input. (B, H)"""
    x = inputs(steps=1).expand(steps, -1, -1)
    return through_time(cell, still(cell, 2.0, 4 / steps), x)[-1][1]


@every_scheme
def test_is_a_method_of_first_order_for_the_oscillator(scheme: str) -> None:
    """y'' = -A y + B u, exactly by a matrix exponential; half the step, half the error."""
    cell = linoss(scheme)
    force = inputs(steps=1)[0] @ draw(cell)["W"].mT
    flow = expm(4 * np.array([[0, -2, 1], [1, 0, 0], [0, 0, 0]]))  # of (z, y, B u)
    exact = flow[1, 2] * force
    errors = [far(end(cell, steps), exact) for steps in (300, 600, 1200)]
    assert errors[-1] < 0.1
    for rough, fine in zip(errors[:-1], errors[1:], strict=True):
        assert rough / fine == pytest.approx(2, rel=0.05)


def step_matrices(cell: Cell, params: Tensors) -> Tensor:
    """The matrix of (y, z) that a step without input is, for every oscillator. (H, 2, 2)"""
    old = torch.eye(2, dtype=torch.float64)[..., None].expand(2, 2, H)
    x = torch.zeros(2, INPUTS, dtype=torch.float64)
    _, y, z = cell.step(params, (old[0], old[0], old[1]), x)
    return torch.stack([y, z], 0).permute(2, 0, 1)


@pytest.mark.parametrize("stiffness", [0.0, 0.1, 3.0, 1e3, 1e6])
@pytest.mark.parametrize("dt", [0.01, 0.5, 0.99])
def test_implicit_never_explodes_whatever_a_is(stiffness: float, dt: float) -> None:
    cell = linoss("implicit")
    sizes = torch.linalg.eigvals(step_matrices(cell, still(cell, stiffness, dt))).abs()
    expected = torch.full_like(sizes, (1 + dt**2 * stiffness) ** -0.5)
    torch.testing.assert_close(sizes, expected, rtol=1e-7, atol=0)


@pytest.mark.parametrize(("dt", "stiffness"), [(0.01, 3.0), (0.5, 15.9), (0.99, 4.0)])
def test_implicit_explicit_keeps_everything_up_to_its_limit(dt: float, stiffness: float) -> None:
    cell = linoss("implicit_explicit")
    matrices = step_matrices(cell, still(cell, stiffness, dt))
    torch.testing.assert_close(torch.linalg.det(matrices), torch.ones(H, dtype=torch.float64))
    sizes = torch.linalg.eigvals(matrices).abs()
    torch.testing.assert_close(sizes, torch.ones_like(sizes), rtol=1e-7, atol=0)
    beyond = step_matrices(cell, still(cell, 4.1 / dt**2, dt))
    assert torch.linalg.eigvals(beyond).abs().amax(-1).min() > 1.1


def test_implicit_loses_energy_by_a_known_factor() -> None:
    """A y^2 + z^2 becomes 1 / (1 + dt^2 A) of itself in a step without input."""
    cell, x = linoss("implicit"), inputs(steps=30)
    x[1:] = 0
    params = draw(cell, scale=3.0)
    A, dt = torch.relu(params["a"]), torch.sigmoid(params["d"])
    energy = [A * y**2 + z**2 for _, y, z in through_time(cell, params, x)]
    for before, after in zip(energy[:-1], energy[1:], strict=True):
        torch.testing.assert_close(after * (1 + dt**2 * A), before)


def test_begins_as_in_the_authors_code() -> None:
    weights = born(registry.load_cell("linoss"), 300)
    for name in "ad":
        assert 0 <= weights[name].min() < 0.02 and 0.98 < weights[name].max() <= 1


@pytest.mark.parametrize(("n", "m"), [(7, 3), (4, 1)])
def test_parameter_counts(n: int, m: int) -> None:
    shapes = registry.load_cell("linoss").shapes({"I": m, "H": n, "O": 2})
    assert sum(a * b for k, (a, b) in shapes.items() if k not in READOUT) == n * n + 2 * n * (m + 1)
