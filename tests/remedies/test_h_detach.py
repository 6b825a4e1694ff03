"""h-detach cuts the gradient of h, never that of c, and draws once per step and trial."""

from dataclasses import replace

import torch

from seqbench import registry
from seqbench.engine.streams import RowNoise
from tests.helpers.passes import H, last, made
from tests.helpers.remedies import B, T, at, draw, inputs


def test_h_detach_cuts_h_and_never_c() -> None:
    cell, x = registry.load_cell("lstm"), inputs()
    states = last(cell, draw(cell), x, made("h_detach", probability=1.0))
    wanted = [part for state in states[:-1] for part in state]
    grads = torch.autograd.grad(states[-1][0].sum(), wanted, materialize_grads=True)
    assert [bool(g.any()) for g in grads] == [False, True] * (T - 1)


def test_h_detach_equals_a_network_whose_gates_read_a_constant() -> None:
    """At p = 1 the gradient is a product of forget gates: dc_T/dc_t = s(f_{t+1}) ... s(f_T)."""
    cell, x = registry.load_cell("lstm"), inputs()
    params = draw(cell)
    states = last(cell, params, x, made("h_detach", probability=1.0))
    (grad,) = torch.autograd.grad(states[-1][1].sum(), states[0][1])
    product = torch.ones(B, H, dtype=torch.float64)
    for t in range(1, T):
        f = x[t] @ params["W"].mT + states[t - 1][0] @ params["U"].mT + params["b"]
        product = product * torch.sigmoid(f[..., H : 2 * H])
    torch.testing.assert_close(grad, product)


def test_h_detach_leaves_the_states_alone_and_draws_once_per_step_and_trial() -> None:
    cell, n = registry.load_cell("lstm"), 2000
    remedy, where = made("h_detach", probability=0.3), at(registry.load_cell("lstm"))
    where = replace(where, noise=RowNoise([1, 2], "noise/pass", 0, torch.device("cpu")))
    h = torch.ones(2, B, H, requires_grad=True)
    cuts = []
    for _ in range(n):
        new = (h * 1, h * 1)
        handed = remedy.carry((), new, 1, where)
        assert torch.equal(handed[0], new[0]) and handed[1] is new[1]
        (grad,) = torch.autograd.grad(handed[0].sum(), h)
        per_trial = grad.flatten(1)
        assert (per_trial == per_trial[:, :1]).all()  # all sequences or none
        cuts.append(per_trial[:, 0] == 0)
    drawn = torch.stack(cuts).double()
    assert (drawn.mean(0) - 0.3).abs().max() < 4.5 * (0.3 * 0.7 / n) ** 0.5
    assert not torch.equal(drawn[:, 0], drawn[:, 1])
    assert remedy.carry((), new, 1, replace(where, training=False)) is new
    assert cell.state == ("h", "c")
