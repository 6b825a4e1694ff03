"""The penalty on the gradient's norm, and its own gradient."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors, joint_norm
from seqbench.cell import Cell
from seqbench.remedy import Trajectory
from tests.helpers.remedies import B, at, draw, every_cell, inputs, objective, run_of


def plain_norm(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
    leaves = {k: v.detach().requires_grad_() for k, v in params.items()}
    loss = run_of(cell, leaves, x).loss
    return joint_norm(torch.autograd.grad(loss.sum(), list(leaves.values())))


def test_a_lazy_gradient_penalty_pulls_rarely_and_as_much_on_average() -> None:
    cell, x = registry.load_cell("rnn"), inputs(steps=2)
    params = {k: v.requires_grad_() for k, v in draw(cell).items()}
    loss = x.square().mean() * sum(v.square().sum() for v in params.values())
    run = Trajectory([], loss, x, B)

    def pull(step: int, **knobs: int) -> Tensor | None:
        remedy = registry.load_remedy("gradient_penalty", {"weight": 0.7, **knobs})
        return remedy.penalize(params, run, replace(at(cell), step=step))

    assert [pull(step, every=3) is None for step in range(4)] == [False, True, True, False]
    torch.testing.assert_close(pull(3, every=3), 3 * pull(3))


@every_cell
@pytest.mark.parametrize("limit", [0.0, 0.05])
def test_gradient_penalty_and_its_own_gradient(cell_name: str, limit: float) -> None:
    cell, x = registry.load_cell(cell_name), inputs(steps=2)
    remedy = registry.load_remedy("gradient_penalty", {"weight": 0.7, "limit": limit})
    params = {k: v.requires_grad_() for k, v in draw(cell).items()}
    penalty = objective(remedy, cell, x)
    norm = plain_norm(cell, params, x)
    assert norm > limit
    torch.testing.assert_close(penalty(params), 0.7 * (norm - limit) ** 2)
    exact = torch.autograd.gradcheck(
        lambda *weights: penalty(dict(zip(params, weights, strict=True))),
        tuple(params.values()),
        fast_mode=True,
        raise_exception=not cell.surrogate,
    )
    assert exact or cell.surrogate, "what stands for a slope has another one"


@pytest.mark.parametrize(
    "knobs", [{"weight": 0.0}, {"limit": 1e3}, {"weight": 0.0, "limit": 0.0}], ids=str
)
def test_gradient_penalty_costs_nothing_below_its_limit_or_at_weight_0(
    knobs: dict[str, object],
) -> None:
    cell, x = registry.load_cell("rnn"), inputs(3)
    leaves = {k: v.requires_grad_() for k, v in draw(cell, 3).items()}
    penalty = objective(registry.load_remedy("gradient_penalty", knobs), cell, x)(leaves)
    assert penalty.tolist() == pytest.approx([0, 0, 0], abs=1e-12)
    grads = torch.autograd.grad(penalty.sum(), list(leaves.values()), materialize_grads=True)
    assert not any(g.any() for g in grads)


@pytest.mark.parametrize("limit", [0.0, 1.0])
def test_gradient_penalty_of_a_vanished_gradient_is_a_number(limit: float) -> None:
    cell, x = registry.load_cell("rnn"), inputs()
    leaves = {k: torch.zeros_like(v).requires_grad_() for k, v in draw(cell).items()}
    run = run_of(cell, leaves, x)
    run = replace(run, loss=run.loss * 0)  # a loss that asks for nothing
    remedy = registry.load_remedy("gradient_penalty", {"limit": limit})
    penalty = remedy.penalize(leaves, run, at(cell))
    grads = torch.autograd.grad(penalty, list(leaves.values()), materialize_grads=True)
    assert penalty.item() == pytest.approx(0, abs=1e-12)
    assert all(g.isfinite().all() for g in grads)
