"""Clipping through time bounds what every step hands back, and nothing else."""

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.remedy import Remedy, Trajectory
from tests.helpers.passes import H, equal, handed_back, last, made
from tests.helpers.remedies import B, at, draw, inputs, unrolled


@pytest.mark.parametrize("limit", [0.1, 1.0])
@pytest.mark.parametrize("cell_name", ["rnn", "lstm", "jordan"])
def test_clip_through_time_bounds_what_every_step_hands_back(cell_name: str, limit: float) -> None:
    cell = registry.load_cell(cell_name, {"activation": "relu"} if cell_name == "rnn" else {})
    params, x = draw(cell, 3, scale=1.0), inputs(3)
    wild = handed_back(cell, params, x, Remedy())
    tame = handed_back(cell, params, x, made("clip_through_time", limit=limit))
    assert max(norm.max() for norm in wild) > 1.5 * limit  # there is something to bound
    assert all((norm <= limit * (1 + 1e-12)).all() for norm in tame)
    first = torch.minimum(wild[-1], torch.tensor(limit, dtype=torch.float64))
    torch.testing.assert_close(tame[-1], first)  # no shorter than it must be


def test_clip_through_time_keeps_the_direction_over_all_parts_together() -> None:
    cell, x = registry.load_cell("lstm"), inputs(steps=2)

    def pulls(remedy: Remedy) -> Tensor:
        (h, c), (final, _) = last(cell, draw(cell), x, remedy)
        return torch.cat([g.flatten() for g in torch.autograd.grad(final.sum(), [h, c])])

    whole, bounded = pulls(Remedy()), pulls(made("clip_through_time", limit=0.2))
    torch.testing.assert_close(bounded, whole * (0.2 / whole.norm()))


def test_clip_through_time_can_be_differentiated_again() -> None:
    remedy, cell = made("clip_through_time", limit=0.5), registry.load_cell("lstm")
    parts = [torch.randn(B, H, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    handed = remedy.carry((), tuple(parts), 1, at(cell))

    def back(*pulls: Tensor) -> tuple[Tensor, ...]:
        return torch.autograd.grad(handed, parts, pulls, create_graph=True)

    for scale in (1.0, 1e-3):
        stream = torch.Generator().manual_seed(3)
        pulls = [scale * torch.randn(B, H, generator=stream, dtype=torch.float64) for _ in parts]
        assert torch.autograd.gradcheck(back, [p.requires_grad_() for p in pulls])
    zero = [torch.zeros(B, H, dtype=torch.float64, requires_grad=True) for _ in parts]
    again = torch.autograd.grad(sum(g.sum() for g in back(*zero)), zero)
    assert all(g.isfinite().all() for g in again)


def test_clip_through_time_goes_with_a_gradient_penalty() -> None:
    cell, x = registry.load_cell("rnn"), inputs(2)
    params = {k: v.requires_grad_() for k, v in draw(cell, 2).items()}

    def pulled(name: str, limit: float) -> list[Tensor]:
        remedy = registry.load_remedy(name, {"clip_through_time": {"limit": limit}})
        states = unrolled(cell, params, x, remedy)
        loss = states[-1][0].square().flatten(-2).mean(-1)
        penalty = remedy.penalize(params, Trajectory(states, loss, x, B), at(cell))
        return list(torch.autograd.grad(penalty.sum(), params.values(), materialize_grads=True))

    plain = made("gradient_penalty", limit=0.0)
    states = unrolled(cell, params, x, plain)
    run = Trajectory(states, states[-1][0].square().flatten(-2).mean(-1), x, B)
    by_itself = torch.autograd.grad(
        registry.load_remedy("gradient_penalty").penalize(params, run, at(cell)).sum(),
        params.values(),
        materialize_grads=True,
    )
    assert equal(pulled("clip_through_time+gradient_penalty", 1e9), list(by_itself))
    tight = pulled("clip_through_time+gradient_penalty", 1e-3)
    assert all(g.isfinite().all() for g in tight)


def test_clip_through_time_leaves_parts_without_a_gradient_alone() -> None:
    clock, h = torch.ones(B, 1), torch.ones(B, H, requires_grad=True)
    remedy = made("clip_through_time")
    handed = remedy.carry((), (h, clock), 1, at(registry.load_cell("rnn")))
    assert handed[1] is clock and handed[0].requires_grad
    assert remedy.carry((), (clock,), 1, at(registry.load_cell("rnn"))) == (clock,)
