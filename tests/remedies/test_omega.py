"""Omega and its two gradients, against finite differences and brute force."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors, joint_norm
from seqbench.cell import Cell
from seqbench.remedy import Trajectory
from tests.helpers.passes import STEPS, H, leaves_of, made, pull, run_on
from tests.helpers.remedies import B, T, at, inputs, unrolled


def slopes_along(f: Callable[[np.ndarray], float], at_value: np.ndarray) -> np.ndarray:
    """Central differences of f in every number of its argument."""
    found = np.zeros_like(at_value)
    for index in np.ndindex(*at_value.shape):
        step = np.zeros_like(at_value)
        step[index] = 1e-6
        found[index] = (f(at_value + step) - f(at_value - step)) / 2e-6
    return found


F_AND_SLOPE: dict[str, tuple[Callable, Callable]] = {
    "tanh": (lambda z, b: np.tanh(z + b), lambda z, b: 1 - np.tanh(z + b) ** 2),
    "relu": (lambda z, b: np.maximum(z + b, 0), lambda z, b: z + b > 0),
    "sigmoid": (
        lambda z, b: 1 / (1 + np.exp(-z - b)),
        lambda z, b: np.exp(-z - b) / (1 + np.exp(-z - b)) ** 2,
    ),
    "modrelu": (
        lambda z, b: np.sign(z) * np.maximum(np.abs(z) + b, 0),
        lambda z, b: np.abs(z) + b > 0,
    ),
}


def frozen_omega(
    activation: str, params: Tensors, x: Tensor
) -> tuple[Callable[[np.ndarray], float], np.ndarray]:
    """Omega as a function of U in `back = (d f') U` alone, with h and d found at the weights given.

    Written down from the published code, in numpy, with a back-propagation of its own.
    """
    f, slope = F_AND_SLOPE[activation]
    p = {k: v.detach().numpy() for k, v in params.items()}
    h, slopes = np.zeros((B, H)), []
    for x_t in x.detach().numpy():
        z = x_t @ p["W"].T + h @ p["U"].T
        h = f(z, p["b"])
        slopes.append(slope(z, p["b"]))
    y = h @ p["W_out"].T + p["b_out"]
    d = 2 * (y - 0.3) / y.size @ p["W_out"]
    ds = []
    for s in reversed(slopes):
        ds.append(d)
        d = (d * s) @ p["U"]
    ds.reverse()

    def omega(U: np.ndarray) -> float:
        terms, counted = 0.0, 0.0
        for d, s in zip(ds, slopes, strict=True):
            num, den = (((d * s) @ U) ** 2).sum(1), (d**2).sum(1)
            asked = den >= 1e-20
            r = np.where(asked, num / np.where(asked, den, 1), 1)
            terms, counted = terms + ((r - 1) ** 2).mean(), counted + asked.mean()
        return terms / counted

    return omega, p["U"]


@pytest.mark.parametrize("activation", list(F_AND_SLOPE))
def test_omega_and_its_gradient_by_finite_differences(activation: str) -> None:
    cell, x = registry.load_cell("rnn", {"activation": activation}), inputs(steps=STEPS)
    params = leaves_of(cell)
    penalty = made("omega", weight=0.7).penalize(params, run_on(cell, params, x), at(cell))
    omega, U = frozen_omega(activation, params, x)
    assert penalty.item() == pytest.approx(0.7 * omega(U), rel=1e-9)
    pulled = pull(penalty, params)
    np.testing.assert_allclose(pulled["U"], 0.7 * slopes_along(omega, U), rtol=1e-4, atol=1e-8)
    assert {name for name, g in pulled.items() if g.any()} == {"U"}


def joint_step(cell: Cell, params: Tensors, widths: list[int], x: Tensor) -> Callable:
    """One step of one sequence as a function of the whole state in one vector."""

    def step(s: Tensor) -> Tensor:
        parts = tuple(part[None] for part in s.split(widths))
        return torch.cat([part[0] for part in cell.step(params, parts, x[None])])

    return step


def brute_omega_vjp(cell: Cell, params: Tensors, x: Tensor) -> Callable[[Tensors], float]:
    """Omega of whole Jacobians as a function of the weights in J, states and d held constant."""
    params = {k: v.detach() for k, v in params.items()}
    start = cell.start(x[0], params)
    widths = [part.shape[-1] for part in start]
    states = [torch.cat(start, -1)]
    for x_t in x:
        states.append(
            torch.stack([joint_step(cell, params, widths, x_t[b])(states[-1][b]) for b in range(B)])
        )

    def jacobian(weights: Tensors, t: int, b: int) -> Tensor:
        step = joint_step(cell, weights, widths, x[t, b])
        return torch.autograd.functional.jacobian(step, states[t][b])

    y = states[-1][:, :H] @ params["W_out"].mT + params["b_out"]
    first = torch.zeros_like(states[-1])
    first[:, :H] = 2 * (y - 0.3) / y.numel() @ params["W_out"]
    d = [first]
    for t in reversed(range(1, len(x))):
        d.append(torch.stack([d[-1][b] @ jacobian(params, t, b) for b in range(B)]))
    d.reverse()

    def omega(weights: Tensors) -> float:
        pairs = [(t, b) for t in range(len(x)) for b in range(B) if d[t][b].square().sum() >= 1e-20]
        ratios = [
            (d[t][b] @ jacobian(weights, t, b)).square().sum() / d[t][b].square().sum()
            for t, b in pairs
        ]
        return (torch.stack(ratios) - 1).square().mean().item()

    return omega


@pytest.mark.parametrize("cell_name", ["rnn", "lstm", "gru", "jordan"])
def test_omega_vjp_and_its_gradient_by_finite_differences_of_jacobians(cell_name: str) -> None:
    cell, x = registry.load_cell(cell_name), inputs(steps=STEPS)
    params = leaves_of(cell)
    penalty = made("omega_vjp", weight=0.7).penalize(params, run_on(cell, params, x), at(cell))
    omega = brute_omega_vjp(cell, params, x)
    plain = {k: v.detach() for k, v in params.items()}
    assert penalty.item() == pytest.approx(0.7 * omega(plain), rel=1e-9)
    pulled, stream = pull(penalty, params), torch.Generator().manual_seed(6)
    for name in cell.params():
        along = torch.randn(plain[name].shape, generator=stream, dtype=torch.float64)
        up, down = (omega(plain | {name: plain[name] + e * along}) for e in (1e-5, -1e-5))
        slope = (pulled[name] * along).sum().item()
        assert slope == pytest.approx(0.7 * (up - down) / 2e-5, rel=1e-4, abs=1e-8)


def test_omega_vjp_has_the_value_of_omega_and_another_gradient() -> None:
    cell, x = registry.load_cell("rnn"), inputs(3)
    params = leaves_of(cell, 3)
    run = run_on(cell, params, x)
    ours, theirs = (made(n).penalize(params, run, at(cell)) for n in ("omega_vjp", "omega"))
    torch.testing.assert_close(ours, theirs)
    ours, theirs = pull(ours, params), pull(theirs, params)
    assert ours["W"].any() and ours["b"].any()
    assert (ours["U"] - theirs["U"]).norm() > 1e-3 * theirs["U"].norm()


@pytest.mark.parametrize("name", ["omega", "omega_vjp"])
def test_omega_of_a_loss_that_asks_for_nothing_is_0(name: str) -> None:
    cell, x = registry.load_cell("rnn"), inputs(2)
    params = leaves_of(cell, 2)
    run = run_on(cell, params, x)
    for loss in (run.loss * 0, run.loss * 1e-12):
        penalty = made(name).penalize(params, replace(run, loss=loss), at(cell))
        assert penalty.tolist() == [0, 0]
        assert not any(g.any() for g in pull(penalty, params).values())


@pytest.mark.parametrize(("name", "cell_name"), [("omega", "rnn"), ("omega_vjp", "lstm")])
def test_omega_counts_only_the_steps_that_a_cut_gradient_reaches(name: str, cell_name: str) -> None:
    """With a horizon of two, the last two transitions are all that is asked for."""
    cell, x = registry.load_cell(cell_name), inputs()
    params = leaves_of(cell)
    states = unrolled(cell, params, x, made("truncate", horizon=2))
    y = states[-1][0] @ params["W_out"].mT + params["b_out"]
    run = Trajectory(states, (y - 0.3).square().mean(), x, B)
    terms = []
    for t in (T - 2, T - 1):
        d = torch.autograd.grad(run.loss, states[t], retain_graph=True, materialize_grads=True)
        old = tuple(part.detach().requires_grad_() for part in states[t - 1])
        back = torch.autograd.grad(cell.step(params, old, x[t]), old, d)
        num, den = (sum(v.square().sum(-1) for v in vs) for vs in (back, d))
        terms.append((num / den - 1).square())
    penalty = made(name, weight=0.7).penalize(params, run, at(cell))
    torch.testing.assert_close(penalty, 0.7 * torch.stack(terms).mean())


@pytest.mark.parametrize(
    ("name", "cell_name", "scale"),
    [("omega", "rnn", 0.1), ("omega", "rnn", 0.6), ("omega_vjp", "lstm", 0.1)],
)
def test_omega_moves_the_length_of_a_step_back_toward_1(
    name: str, cell_name: str, scale: float
) -> None:
    cell, x = registry.load_cell(cell_name), inputs()
    params = leaves_of(cell, scale=scale)
    remedy = made(name, weight=1.0)

    def gap() -> tuple[Tensor, Trajectory]:
        run = run_on(cell, params, x)
        parts = [part for state in run.states for part in state]
        grads = iter(
            torch.autograd.grad(run.loss, parts, retain_graph=True, materialize_grads=True)
        )
        lengths = torch.stack([joint_norm([next(grads) for _ in s]) for s in run.states])
        return (lengths[:-1] / lengths[1:]).log().abs().mean(), run

    before, run = gap()
    for _ in range(80):
        slopes = pull(remedy.penalize(params, run, at(cell)), params)
        length = joint_norm(slopes.values()).clamp(min=1.0)
        params = {k: (v - 0.05 * slopes[k] / length).detach() for k, v in params.items()}
        params = {k: v.requires_grad_() for k, v in params.items()}
        after, run = gap()
    assert after < 0.6 * before
