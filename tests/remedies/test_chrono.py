"""Gates at initialization: chrono spreads time scales, uniform gates open evenly."""

from dataclasses import replace

import pytest
import torch
from scipy import stats
from torch import Tensor

from seqbench import registry
from seqbench.cell import Cell
from tests.helpers.remedies import SIZES, Recall, at, changed, initialized
from tests.helpers.weights import CHANCE, Contrary


def gate_draws(name: str, cell: Cell, n: int = 300, **knobs: int) -> Tensor:
    """The blocks of the bias in n cells: (n, gates, H)"""
    remedy, spot = registry.load_remedy(name, knobs), at(cell)
    born = [remedy.initialize(initialized(cell), spot)["b"] for _ in range(n)]
    return torch.cat(born).unflatten(-1, (len(cell.gates), -1)).double()


@pytest.mark.parametrize(("knobs", "longest"), [({}, 9), ({"longest": 50}, 50)])
def test_chrono_spreads_time_scales_evenly_up_to_the_longest(
    knobs: dict[str, int], longest: int
) -> None:
    i, f, g, o = gate_draws("chrono", registry.load_cell("lstm"), **knobs).unbind(-2)
    assert not g.any() and not o.any()
    assert torch.equal(i, -f)
    u = f.exp().flatten().numpy()
    assert u.min() >= 1 - 1e-6 and u.max() <= longest - 1 + 1e-4
    assert stats.kstest(u, stats.uniform(1, longest - 2).cdf).pvalue > CHANCE


def test_chrono_units_forget_at_their_time_scale() -> None:
    """With no input a cell that starts at b = log u keeps u / (u + 1) per step."""
    cell = registry.load_cell("gru")
    born = registry.load_remedy("chrono", {"longest": 30}).initialize(initialized(cell), at(cell))
    b = born["b"].chunk(3, -1)[1]
    weights = {k: torch.zeros_like(v) for k, v in born.items()} | {"b": born["b"]}
    h = torch.full((1, SIZES["H"]), 0.5)
    (kept,) = cell.step(weights, (h,), torch.zeros(1, SIZES["I"]))
    torch.testing.assert_close(kept / h, b.exp() / (b.exp() + 1))


@pytest.mark.parametrize(("lag", "longest"), [(0, 1), (1, 0), (1, 2)])
def test_chrono_of_the_shortest_memory_is_a_number(lag: int, longest: int) -> None:
    cell = registry.load_cell("lstm")
    remedy = registry.load_remedy("chrono", {"longest": longest})
    after = remedy.initialize(initialized(cell), replace(at(cell), lag=lag))
    assert not after["b"].any()  # log 1


def test_uniform_gate_opens_gates_evenly() -> None:
    i, f, g, o = gate_draws("uniform_gate", registry.load_cell("lstm")).unbind(-2)
    assert not g.any() and not o.any()
    assert torch.equal(i, -f)
    edge = 1 / SIZES["H"]
    opened = f.sigmoid().flatten().numpy()
    assert opened.min() >= edge - 1e-6 and opened.max() <= 1 - edge + 1e-6
    assert stats.kstest(opened, stats.uniform(edge, 1 - 2 * edge).cdf).pvalue > CHANCE


def test_uniform_gate_of_one_unit_is_a_number() -> None:
    cell = registry.load_cell("lstm")
    after = registry.load_remedy("uniform_gate").initialize(initialized(cell, hidden=1), at(cell))
    assert after["b"].isfinite().all()


@pytest.mark.parametrize("name", ["chrono", "uniform_gate"])
def test_gates_follow_the_sign_that_a_cell_declares(name: str) -> None:
    remedy = registry.load_remedy(name)
    straight, contrary = (
        remedy.initialize(initialized(cell), at(cell))["b"].chunk(4, -1)
        for cell in (registry.load_cell("lstm"), Contrary())
    )
    assert torch.equal(contrary[1], -straight[1])
    assert torch.equal(contrary[0], straight[0])


@pytest.mark.parametrize("name", ["chrono", "uniform_gate"])
@pytest.mark.parametrize("cell_name", registry.names("cells"))
def test_every_cell_that_forgets_gets_its_gates_and_only_biases_change(
    name: str, cell_name: str
) -> None:
    cell, remedy = registry.load_cell(cell_name), registry.load_remedy(name)
    assert (remedy.suits(cell, Recall()) is None) == bool(cell.forget)
    if cell.forget:
        before = initialized(cell)
        biases = {k for k, p in cell.params().items() if p.role == "bias"}
        assert changed(before, remedy.initialize(before, at(cell))) & biases
        assert changed(before, remedy.initialize(before, at(cell))) <= biases
