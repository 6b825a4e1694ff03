"""The bistable cell and its neuromodulated cousin."""

import pytest
import torch

from seqbench import registry
from tests.helpers.cells import SIZES, B, H, draw, inputs
from tests.helpers.gated import push


@pytest.mark.parametrize(
    ("name", "alone"), [("bistable", True), ("neuromodulated_bistable", False)]
)
def test_a_bistable_unit_sees_no_other_unit_and_its_neuromodulated_cousin_does(
    name: str, alone: bool
) -> None:
    cell, x = registry.load_cell(name), inputs()[0]
    params = draw(cell)
    jacobian = torch.func.jacrev(lambda h: cell.step(params, (h,), x[:1])[0])
    slope = jacobian(torch.full((1, H), 0.3, dtype=torch.float64))[0, :, 0]
    assert slope.diagonal().all()
    assert torch.equal(slope, torch.diag(slope.diagonal())) == alone


@pytest.mark.parametrize("name", ["bistable", "neuromodulated_bistable"])
@pytest.mark.parametrize(("bias", "rest"), [(50.0, 0.9575040240772688), (-50.0, 0.0)])
def test_a_unit_has_two_lasting_states_only_where_a_exceeds_one(
    name: str, bias: float, rest: float
) -> None:
    cell = registry.load_cell(name)
    params = push(cell, {k: torch.zeros_like(v) for k, v in draw(cell).items()}, {"a": 1}, bias)
    sign = torch.tensor([1.0, -1.0] * (H // 2), dtype=torch.float64)
    h = (0.01 * sign).expand(B, H)
    for x_t in torch.zeros(1000, B, SIZES["I"], dtype=torch.float64):
        (h,) = cell.step(params, (h,), x_t)
    torch.testing.assert_close(h, (rest * sign).expand(B, H))  # tanh(2 h) = h at 0.9575
