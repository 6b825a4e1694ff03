"""The same seed draws the same noise in any company."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.engine.streams import RowNoise
from seqbench.remedy import Trajectory
from tests.helpers.passes import made
from tests.helpers.remedies import B, T, at, draw, inputs


@pytest.mark.parametrize(
    ("name", "cell_name"),
    [
        ("h_detach", "lstm"),
        ("zoneout", "gru"),
        ("recurrent_dropout", "rnn"),
        ("placebo", "lstm"),
    ],
)
def test_the_same_seed_draws_the_same_noise_in_any_company(name: str, cell_name: str) -> None:
    cell, remedy = registry.load_cell(cell_name), made(name)
    params = {k: v[:1].expand(3, -1, -1) for k, v in draw(cell, 1).items()}
    x = inputs(1).expand(3, -1, -1, -1)

    def passed(seeds: list[int]) -> list[Tensor]:
        noise = RowNoise(seeds, "noise/pass", 3, torch.device("cpu"))
        where, n = replace(at(cell), noise=noise), len(seeds)
        leaves = {k: v[:n].clone().requires_grad_() for k, v in params.items()}
        state = cell.start(x[:n, 0], leaves)
        for t in range(T):
            new = remedy.advance([state], cell.step(leaves, state, x[:n, t]), where)
            state = remedy.carry(state, new, T - 1 - t, where)
        loss = state[0].square().flatten(-2).mean(-1)
        penalty = remedy.penalize(leaves, Trajectory([state], loss, x[:n], B), where)
        aim = loss if penalty is None else loss + penalty
        return list(torch.autograd.grad(aim.sum(), leaves.values(), materialize_grads=True))

    three, two = passed([4, 8, 4]), passed([8, 4])
    assert all(torch.equal(g[0], g[2]) for g in three)
    assert all(torch.equal(g[:2].flip(0), other) for g, other in zip(three, two, strict=True))
    assert not all(torch.equal(g[0], g[1]) for g in three)
