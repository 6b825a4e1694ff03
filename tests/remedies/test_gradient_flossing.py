"""Gradient flossing against whole Jacobians, numpy's QR, and what is known of linear networks."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.remedy import Trajectory
from tests.helpers.passes import STEPS, H, leaves_of, made, pull, run_on
from tests.helpers.remedies import B, at, inputs, objective

LINEAR = {"activation": "modrelu"}  # the identity for b = 0
K = 3


def jacobian(cell: Cell, params: Tensors, old: list[Tensor], x: Tensor) -> np.ndarray:
    """Of one sequence's step, all parts of the state in one vector: rows are what it becomes."""
    widths = [part.shape[-1] for part in old]

    def step(s: Tensor) -> Tensor:
        parts = tuple(part[None] for part in s.split(widths))
        return torch.cat([part[0] for part in cell.step(params, parts, x[None])])

    return torch.autograd.functional.jacobian(step, torch.cat(old)).numpy()


def by_numpy(cell: Cell, params: Tensors, run: Trajectory, x: Tensor) -> float:
    """The mean square of the first K exponents of every sequence, by Householder's QR."""
    params = {k: v.detach() for k, v in params.items()}
    states = [[part.detach() for part in state] for state in run.states]
    squares = []
    for b in range(B):
        units = sum(part.shape[-1] for part in states[0])
        q, _ = np.linalg.qr(at(cell).noise.normal(K, units).double().numpy().T)
        logs = []
        for t in reversed(range(1, len(states))):
            J = jacobian(cell, params, [part[b] for part in states[t - 1]], x[t, b])
            q, r = np.linalg.qr(J.T @ q)
            logs.append(np.log(np.abs(np.diag(r))))
        squares.append(np.mean(logs, 0) ** 2)
    return float(np.mean(squares))


@pytest.mark.parametrize("cell_name", ["rnn", "lstm", "gru"])
def test_the_penalty_is_that_of_whole_jacobians(cell_name: str) -> None:
    cell, x = registry.load_cell(cell_name), inputs()
    params = leaves_of(cell)
    run = run_on(cell, params, x)
    remedy = made("gradient_flossing", weight=0.7, exponents=K, every=1)
    penalty = remedy.penalize(params, run, at(cell))
    assert penalty.item() == pytest.approx(0.7 * by_numpy(cell, params, run, x), rel=1e-9)


@pytest.mark.parametrize("cell_name", ["rnn", "lstm", "jordan", "clockwork"])
def test_its_gradient_goes_through_jacobians_and_states(cell_name: str) -> None:
    cell, x = registry.load_cell(cell_name), inputs(steps=STEPS)
    params = leaves_of(cell)
    penalty = objective(made("gradient_flossing", every=1, exponents=2), cell, x)
    assert torch.autograd.gradcheck(
        lambda *weights: penalty(dict(zip(params, weights, strict=True))),
        tuple(params.values()),
        fast_mode=True,
    )


@pytest.mark.parametrize("stretch", [0.5, 1.0, 1.3])
def test_every_exponent_of_a_stretched_rotation_is_its_logarithm(stretch: float) -> None:
    cell = registry.load_cell("rnn", LINEAR)
    params = leaves_of(cell)
    U, _ = torch.linalg.qr(params["U"].detach())
    params |= {"U": (stretch * U).requires_grad_(), "b": 0 * params["b"]}
    remedy = made("gradient_flossing", weight=1.0, every=1)
    penalty = remedy.penalize(params, run_on(cell, params, inputs()), at(cell)).item()
    assert penalty == pytest.approx(math.log(stretch) ** 2, abs=1e-12)


@pytest.mark.parametrize(("activation", "scale"), [("tanh", 0.1), ("modrelu", 0.8)])
def test_it_moves_the_exponents_toward_0_and_the_gradient_lasts(
    activation: str, scale: float
) -> None:
    """With small weights the gradient vanishes, with large ones it explodes if units are linear."""
    cell, x = registry.load_cell("rnn", {"activation": activation}), 0.1 * inputs(steps=25)
    params = leaves_of(cell, scale=scale)
    remedy = made("gradient_flossing", weight=1.0, every=1, exponents=2)

    def gap() -> tuple[float, float, Trajectory]:
        run = run_on(cell, params, x)
        first, last = (
            g.norm() for g in torch.autograd.grad(
                run.loss, [run.states[0][0], run.states[-1][0]], retain_graph=True
            )
        )  # fmt: skip
        penalty = remedy.penalize(params, run, at(cell)).item()
        return penalty, (first / last).log().abs().item(), run

    before, lost, run = gap()
    for _ in range(150):
        slopes = pull(remedy.penalize(params, run, at(cell)), params)
        length = torch.stack([g.norm() for g in slopes.values()]).norm().clamp(min=1.0)
        params = {k: (v - 0.03 * slopes[k] / length).detach() for k, v in params.items()}
        params = {k: v.requires_grad_() for k, v in params.items()}
        after, left, run = gap()
    assert after < 0.1 * before
    assert left < 0.5 * lost


def test_a_rank_that_is_too_low_counts_as_nothing_and_harms_nothing() -> None:
    """jordan hands back what O outputs say, so of 4 exponents 2 are there."""
    cell, x = registry.load_cell("jordan"), inputs().float()
    params = {k: v.detach().float().requires_grad_() for k, v in leaves_of(cell).items()}
    run = run_on(cell, params, x)
    four, two = (
        made("gradient_flossing", weight=1.0, every=1, exponents=k).penalize(params, run, at(cell))
        for k in (4, 2)
    )
    assert 0 < four.item() < 2 * two.item()
    assert all(g.isfinite().all() for g in pull(four, params).values())


def test_it_is_lazy_and_as_heavy_on_average() -> None:
    cell = registry.load_cell("rnn")
    params = leaves_of(cell)
    run = run_on(cell, params, inputs())
    lazy, each = (made("gradient_flossing", every=every) for every in (3, 1))
    here = [replace(at(cell), step=step) for step in range(4)]
    assert [lazy.penalize(params, run, spot) is None for spot in here] == [False, True, True, False]
    value = lazy.penalize(params, run, at(cell))
    torch.testing.assert_close(value, 3 * each.penalize(params, run, at(cell)))
    assert made("gradient_flossing", exponents=10 * H).penalize(params, run, at(cell)) is not None
