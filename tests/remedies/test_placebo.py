"""The placebo is a derivative along a random direction, and pulls nowhere on average."""

import pytest
import torch

from seqbench import registry
from seqbench.axes import Tensors, joint_norm
from seqbench.cell import Cell
from tests.helpers.passes import STEPS, leaves_of, made, pull
from tests.helpers.remedies import at, inputs, run_of


def xi(cell: Cell, params: Tensors, seed: int) -> Tensors:
    """The placebo's direction: what its noise says, in the order of the weights, of length 1."""
    noise = at(cell, seed).noise
    drawn = {k: noise.normal(*v.shape).double() for k, v in params.items()}
    return {k: v / joint_norm(drawn.values()) for k, v in drawn.items()}


def test_placebo_is_a_directional_derivative_and_pulls_by_the_hessian() -> None:
    cell, x = registry.load_cell("lstm"), inputs(steps=STEPS)
    params, along = leaves_of(cell), xi(cell, leaves_of(cell), 5)
    penalty = made("placebo", weight=0.7).penalize(params, run_of(cell, params, x), at(cell))

    def moved(e: float) -> tuple[float, Tensors]:
        there = {k: (v + e * along[k]).detach().requires_grad_() for k, v in params.items()}
        loss = run_of(cell, there, x).loss
        return loss.item(), pull(loss, there)

    (up, up_pull), (down, down_pull) = moved(1e-5), moved(-1e-5)
    assert penalty.item() == pytest.approx(0.7 * (up - down) / 2e-5, rel=1e-6)
    for name, g in pull(penalty, params).items():
        torch.testing.assert_close(
            g, 0.7 * (up_pull[name] - down_pull[name]) / 2e-5, rtol=1e-5, atol=1e-9
        )


def test_placebo_pulls_nowhere_on_average() -> None:
    cell, x, n = registry.load_cell("rnn"), inputs(steps=STEPS), 1000
    params = leaves_of(cell)
    run, where = run_of(cell, params, x), at(cell)
    drawn = torch.stack([made("placebo").penalize(params, run, where) for _ in range(n)]).detach()
    assert drawn.std() > 0
    assert drawn.mean().abs() < 4.5 * drawn.std() / n**0.5
    norm = joint_norm(pull(run.loss, params).values()).item()
    weights = sum(v.numel() for v in params.values())
    # one of many directions: a gradient of length g shows g / sqrt(number of weights)
    assert drawn.std().item() == pytest.approx(1e-3 * norm / weights**0.5, rel=0.1)
