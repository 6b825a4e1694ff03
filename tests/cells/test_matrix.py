"""What cells of a matrix of keys and values promise beyond their equations."""

from typing import Literal

import pytest
import torch

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import READOUT, Cell
from tests.helpers.cells import B, H, born, draw, hidden, inputs, through_time


def test_one_product_is_the_delta_rule() -> None:
    one, plain = (
        registry.load_cell(name, {"eigenvalues": "-1..1"} | more)
        for name, more in (("delta_product", {"householders": 1}), ("delta_net", {}))
    )
    params, x = draw(one), inputs()
    both = {k: torch.cat([params[q], params[kv]], -2 if k == "W" else -1)
            for k, q, kv in (("W", "Q", "W"), ("b", "c_q", "b"))}  # fmt: skip
    torch.testing.assert_close(hidden(one, params, x), hidden(plain, params | both, x))


def step_matrix(cell: Cell, params: Tensors, x: torch.Tensor) -> torch.Tensor:
    """What a step does to a row of S: (H, H)"""

    def step(S: torch.Tensor) -> torch.Tensor:
        flat = S.expand(H, H).reshape(1, H * H)
        return cell.step(params, (flat[:, :H], flat), x)[1].unflatten(-1, (H, H))[0, 0]

    return torch.autograd.functional.jacobian(step, torch.zeros(H, dtype=torch.float64))


@pytest.mark.parametrize(("eigenvalues", "turns"), [("0..1", False), ("-1..1", True)])
def test_two_products_turn_where_they_reflect(
    eigenvalues: Literal["0..1", "-1..1"], turns: bool
) -> None:
    """Two reflections are a rotation, two contractions along keys have real eigenvalues in 0..1."""
    cell = registry.load_cell("delta_product", {"eigenvalues": eigenvalues})
    params = draw(cell, scale=2.0)
    params |= {"c": params["c"] + 100}  # beta is all that it can be
    found = torch.linalg.eigvals(step_matrix(cell, params, inputs()[0, :1]))
    assert bool(found.imag.abs().max() > 0.1) == turns
    assert found.abs().max() <= 1 + 1e-6
    if not turns:
        assert found.real.min() >= -1e-6


def test_rwkv7_forgets_what_its_decay_says_and_nothing_of_other_keys() -> None:
    """Without learning rates it is linear attention that decays by key, by e^-0.61 at most."""
    cell, x = registry.load_cell("rwkv7"), inputs()[0, :1]
    params = draw(cell, scale=2.0)
    shut = torch.zeros_like(params["b"])
    shut[:, 3 * H : 4 * H] = -1e4
    decay = step_matrix(cell, params | {"b": params["b"] + shut}, x)
    assert torch.equal(decay, decay.diagonal().diag())
    assert 0.5453 < decay.diagonal().min() <= decay.diagonal().max() < 1
    open_ = step_matrix(cell, params | {"b": params["b"] - shut}, x)
    keys = torch.linalg.eigvals(decay - open_).abs().sort().values  # a rank of one: e e^T
    torch.testing.assert_close(keys[-1], torch.ones_like(keys[-1]), rtol=0, atol=1e-5)
    assert keys[:-1].max() < 1e-6


def test_rwkv7_begins_with_decays_from_slow_to_fast() -> None:
    d = born(registry.load_cell("rwkv7"))["b"].chunk(5, -1)
    assert all(not part.any() for part in d[:4])
    assert d[4][0, 0] == -6.5 and d[4][0, -1] == -1.5 and (d[4].diff() > 0).all()


def test_m2rnn_keeps_what_its_gate_holds_and_is_bounded() -> None:
    cell, x = registry.load_cell("m2rnn"), inputs()
    params = draw(cell, scale=3.0)
    before = through_time(cell, params, x)[-1]
    assert before[1].abs().max() <= 1
    held = through_time(cell, params | {"c": params["c"] - 1e6}, x, start=before)[-1]
    assert torch.equal(held[1], before[1])
    weights = born(cell)
    assert torch.equal(weights["U"], torch.eye(H)) and (weights["D"] == 1).all()
    assert 0.001 < torch.nn.functional.softplus(weights["c"]) < 0.1


def test_hgrn2_does_not_write_where_it_holds_on() -> None:
    cell, x = registry.load_cell("hgrn2"), inputs()
    params = draw(cell)
    before = through_time(cell, params, x)[-1]
    shut = torch.zeros_like(params["b"])
    shut[:, H : 2 * H] = 1e4
    held = through_time(cell, params | {"b": params["b"] + shut}, x, start=before)[-1]
    assert torch.equal(held[1], before[1])


def test_retnet_sees_how_far_back_a_key_is() -> None:
    """The same q, k and v at every step: only the distance tells what each step is worth."""
    cell, steps = registry.load_cell("retnet", {"decay": 0.8}), 9
    params = {k: w for k, w in draw(cell).items() if k not in READOUT} | {
        "W_out": draw(cell)["W_out"]
    }
    x = inputs(steps=1).expand(steps, B, -1)
    h = hidden(cell, params, x)
    worth = torch.cat([h[:1], h.diff(dim=0)])  # of the step that is so far back
    q, p, k, j, v = (x[0] @ params["W"].mT + params["b"]).chunk(5, -1)
    qk, w = torch.complex(q, p) * torch.complex(k, -j), 10_000 ** -torch.linspace(0, 1, H)
    for back in range(steps):
        turned = (qk * torch.exp(1j * w * back)).real.sum(-1, keepdim=True)
        expected = 0.8**back * turned * v / (2 * H) ** 0.5
        torch.testing.assert_close(worth[back], expected, rtol=1e-6, atol=1e-7)
