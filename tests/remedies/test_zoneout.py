"""Zoneout keeps the share of units that it says, and their gradient whole."""

from dataclasses import replace

import torch

from seqbench import registry
from seqbench.axes import State
from tests.helpers.passes import H, last, made
from tests.helpers.remedies import B, at, draw, inputs


def zoned(cell_name: str, training: bool = True, n: int = 1, **knobs: float) -> list[State]:
    """n times: the state after one step from an old state of ones to a new one of minus ones."""
    cell, where = registry.load_cell(cell_name), at(registry.load_cell(cell_name))
    old = tuple(torch.ones(B, H, dtype=torch.float64) for _ in cell.state)
    new = tuple(-part for part in old)
    remedy, where = made("zoneout", **knobs), replace(where, training=training)
    return [remedy.advance([old], new, where) for _ in range(n)]


def test_zoneout_keeps_the_share_of_each_part() -> None:
    n = 500
    for part, p in ((0, 0.1), (1, 0.4)):
        states = torch.stack([s[part] for s in zoned("lstm", n=n, hidden=0.1, memory=0.4)])
        assert set(states.unique().tolist()) == {1.0, -1.0}
        kept = (states == 1).double()
        assert abs(kept.mean().item() - p) < 4.5 * (p * (1 - p) / kept.numel()) ** 0.5
        per_unit = (p * (1 - p) / n) ** 0.5  # every unit of every sequence by itself
        assert (kept.mean(0) - p).abs().max() < 5 * per_unit


def test_zoneout_while_testing_is_its_mean_while_training() -> None:
    n = 2000
    trained = zoned("gru", n=n, hidden=0.3)
    (tested,), *_ = zoned("gru", training=False, hidden=0.3)
    mean = torch.stack([h for (h,) in trained]).mean(0)
    torch.testing.assert_close(tested, torch.full_like(tested, 0.3 - 0.7))
    assert (mean - tested).abs().max() < 5 * 2 * (0.3 * 0.7 / n) ** 0.5


def test_zoneout_mixes_memory_and_nothing_else() -> None:
    h, c = zoned("jordan", hidden=1.0, memory=1.0)[0]
    assert (h == -1).all() and (c == 1).all()
    h, c = zoned("lstm", hidden=1.0, memory=0.0)[0]
    assert (h == 1).all() and (c == -1).all()


def test_zoneout_passes_the_gradient_of_a_kept_unit_unchanged() -> None:
    cell, x = registry.load_cell("gru"), inputs()
    states = last(cell, draw(cell), x, made("zoneout", hidden=1.0))
    (grad,) = torch.autograd.grad(states[-1][0].sum(), states[0][0])
    assert (grad == 1).all()
