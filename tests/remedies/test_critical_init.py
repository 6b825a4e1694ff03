"""The critical initialization: a mean squared singular value of one, where it is in reach."""

import pytest
import torch

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import Cell
from tests.helpers.remedies import SIZES, at, changed, initialized, same


def mean_squared_singular_value(cell: Cell, params: Tensors) -> float:
    """By whole Jacobians, one row after the other, on inputs of its own."""
    sequences, steps = 64, 20
    stream = torch.Generator().manual_seed(11)
    x = torch.randn(steps, sequences, SIZES["I"], generator=stream)
    state = cell.start(x[0], params)
    for x_t in x[:-1]:
        state = cell.step(params, state, x_t)
    past = tuple(part.detach().requires_grad_() for part in state)
    rows = torch.cat(cell.step(params, past, x[-1]), -1).sum(0)
    squares = [
        sum(g.square().sum() for g in torch.autograd.grad(r, past, retain_graph=True)) for r in rows
    ]
    return float(sum(squares)) / sequences / len(rows)


@pytest.mark.parametrize("cell_name", ["rnn", "lstm", "gru", "gru_reset_after"])
def test_critical_init_gives_a_mean_squared_singular_value_of_one(cell_name: str) -> None:
    cell = registry.load_cell(cell_name)
    before = initialized(cell, hidden=32)
    after = registry.load_remedy("critical_init").initialize(before, at(cell))
    assert mean_squared_singular_value(cell, before) < 0.8
    assert mean_squared_singular_value(cell, after) == pytest.approx(1, abs=0.1)
    assert changed(before, after) == {"U"}
    ratios = after["U"] / before["U"]
    torch.testing.assert_close(ratios, ratios[:1, :1].expand_as(ratios))  # one number for all


def test_critical_init_of_a_linear_network_is_known() -> None:
    """Where J is a U, its mean squared singular value is a^2 ||U||_F^2 / H."""
    cell = registry.load_cell("rnn", {"activation": "modrelu"})  # the identity for b = 0
    before = initialized(cell, hidden=32)
    before |= {"U": before["U"] / 3}
    after = registry.load_remedy("critical_init").initialize(before, at(cell))
    squared = after["U"].square().sum().item() / 32
    assert squared == pytest.approx(1, rel=0.05)


def test_critical_init_leaves_a_critical_cell_alone() -> None:
    cell, remedy = registry.load_cell("rnn"), registry.load_remedy("critical_init")
    once = remedy.initialize(initialized(cell, hidden=32), at(cell))
    assert same(remedy.initialize(once, at(cell)), once)


@pytest.mark.parametrize(("scale", "nearest"), [(1 / 40, 16.0), (40.0, 1 / 16)])
def test_critical_init_out_of_reach_takes_the_nearest(scale: float, nearest: float) -> None:
    cell = registry.load_cell("rnn", {"activation": "modrelu"})
    before = initialized(cell, hidden=16)
    before |= {"U": before["U"] * scale}
    after = registry.load_remedy("critical_init").initialize(before, at(cell))
    factor = (after["U"] / before["U"]).mean().item()
    assert factor == pytest.approx(nearest, rel=0.02)


def test_critical_init_draws_from_its_own_stream_only() -> None:
    cell, remedy = registry.load_cell("rnn"), registry.load_remedy("critical_init")
    state = torch.get_rng_state()
    one, other = (remedy.initialize(initialized(cell), at(cell)) for _ in range(2))
    assert same(one, other)
    assert torch.equal(torch.get_rng_state(), state)
