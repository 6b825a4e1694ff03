"""Eigenvalues of an element-wise loop stay below 1, with slopes that memory does not blow up."""

import numpy as np
import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import State, Tensors
from tests.helpers.passes import made
from tests.helpers.remedies import CELLS, Recall, at, changed, initialized

NAME = "stable_reparametrization"


def test_no_trained_number_leads_outside_and_the_start_is_the_cells_own() -> None:
    cell, remedy = registry.load_cell("indrnn"), made(NAME)
    before = initialized(cell, hidden=200)
    raw = remedy.initialize(before, at(cell))
    assert changed(before, raw) == {"u"}
    seen = remedy.reparametrize(raw, at(cell))
    torch.testing.assert_close(seen["u"], before["u"].clamp(max=1 - 1e-4), atol=2e-6, rtol=0)
    w = torch.tensor([[-1e30, -40.0, -1.0, 0.0, 0.5, 3.0, 40.0, 1e30]])
    u = remedy.reparametrize({"u": w}, at(cell))["u"].numpy()
    np.testing.assert_allclose(u, 1 - 1 / (w.double().numpy() ** 2 + 0.5), rtol=1e-5)
    assert (np.abs(u) <= 1).all() and (np.abs(u[:, 1:-1][w[:, 1:-1] != 0]) < 1).all()


def all_that_comes(u: Tensor) -> Tensor:
    """The sum of all states after one input of 1, of an IndRNN of one unit, step by step."""
    cell, h, total = registry.load_cell("indrnn"), torch.zeros(1, 1).double(), 0.0
    params = {"W": torch.ones(1, 1).double(), "u": u, "b": torch.zeros(1, 1).double()}
    for t in range(4000):
        (h,) = cell.step(params, (h,), torch.full((1, 1), float(t == 0)).double())
        total = total + h.sum()
    return total


@pytest.mark.parametrize("u", [0.5, 0.9, 0.99])
def test_the_slope_by_what_is_trained_grows_as_it_does_not_as_memory(u: float) -> None:
    w = torch.tensor([[(1 / (1 - u) - 0.5) ** 0.5]]).double().requires_grad_()
    seen = made(NAME).reparametrize({"u": w}, at(registry.load_cell("indrnn")))["u"]
    assert seen.item() == pytest.approx(u)
    (by_w,) = torch.autograd.grad(all_that_comes(seen), w)
    direct = torch.tensor([[u]]).double().requires_grad_()
    (by_u,) = torch.autograd.grad(all_that_comes(direct), direct)
    assert by_w.item() == pytest.approx(2 * w.item(), rel=1e-4)
    assert by_u.item() == pytest.approx((1 - u) ** -2, rel=1e-4)


def test_it_suits_a_loop_by_one_number_for_each_unit_and_says_so_of_others() -> None:
    task, suited = Recall(), set()
    for name in CELLS:
        objection = made(NAME).suits(registry.load_cell(name), task)
        suited |= {name} if objection is None else set()
    assert suited == {"indrnn"}

    class Leaking(type(registry.load_cell("indrnn"))):
        def step(self, params: Tensors, state: State, x: Tensor) -> State:
            return (0.5 * state[0] + super().step(params, state, x)[0],)

    class Squared(type(registry.load_cell("indrnn"))):
        def step(self, params: Tensors, state: State, x: Tensor) -> State:
            return super().step(params | {"u": params["u"] ** 2}, state, x)

    for kind in (Leaking, Squared):
        assert "multiplied by" in (made(NAME).suits(kind(), task) or "")
