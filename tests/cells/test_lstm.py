"""The variations of the LSTM: how many weights, and what is peculiar to each."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.cell import Cell
from tests.helpers.cells import INPUTS, SIZES, B, H, T, draw, hidden, inputs, s, through_time


def gates(count: int) -> Callable[[int, int], int]:
    return lambda n, m: count * (n * m + n * n + n)


COUNTS: dict[str, Callable[[int, int], int]] = {
    "lstm_peephole": lambda n, m: gates(4)(n, m) + 3 * n,
    "lstm_nig": lambda n, m: gates(3)(n, m) + 2 * n,
    "lstm_nfg": lambda n, m: gates(3)(n, m) + 2 * n,
    "lstm_nog": lambda n, m: gates(3)(n, m) + 2 * n,
    "lstm_niaf": lambda n, m: gates(4)(n, m) + 3 * n,
    "lstm_noaf": lambda n, m: gates(4)(n, m) + 3 * n,
    "lstm_cifg": lambda n, m: gates(3)(n, m) + 2 * n,
    "lstm_fgr": lambda n, m: gates(4)(n, m) + 3 * n + 9 * n * n,
    "lstm_1997": gates(3),
    "lstm_layernorm": lambda n, m: gates(4)(n, m) + 2 * 4 * n + 2 * n,
    "lstm_multiplicative": lambda n, m: gates(4)(n, m) + n * m + n * n,
    "janet": gates(2),
    "slstm": gates(4),
    "min_lstm": lambda n, m: 3 * (n * m + n),
    "residual_lstm": lambda n, m: gates(4)(n, m) + 3 * n + n * n + n * m,
}


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize(("n", "m"), [(4, 3), (7, 1)])
def test_parameter_counts(name: str, n: int, m: int) -> None:
    shapes = [p.shape({"I": m, "H": n}) for p in registry.load_cell(name).params().values()]
    assert sum(rows * columns for rows, columns in shapes) == COUNTS[name](n, m)


def retention(cell: Cell, forget: float, admit: float) -> float:
    """d memory after T steps / d memory before, with the biases alone at work."""
    params = {name: torch.zeros_like(weight) for name, weight in draw(cell).items()}
    bias = dict.fromkeys(cell.gates, 0.0)
    bias |= {gate: sign * forget for gate, sign in cell.forget.items()}
    bias |= {gate: sign * admit for gate, sign in cell.admit.items()}
    params["b"] = torch.cat(
        [torch.full((1, H), bias[g], dtype=torch.float64) for g in cell.params()["b"].gates], -1
    )
    memory = torch.full((B, H), 0.3, dtype=torch.float64, requires_grad=True)
    values = {part: torch.zeros_like(memory) for part in cell.state}
    values |= {"c" if "c" in cell.state else "h": memory}
    values |= {"n": torch.ones_like(memory)} if "n" in cell.state else {}
    last = through_time(cell, params, inputs(), tuple(values[part] for part in cell.state))[-1]
    end = dict(zip(cell.state, last, strict=True))
    kept = end["c"] / end["n"] if "n" in end else end.get("c", end["h"])
    (grad,) = torch.autograd.grad(kept.sum(), memory)
    return grad.max().item()


@pytest.mark.parametrize("name", sorted(set(COUNTS) - {"lstm_nfg", "lstm_1997"}))
def test_the_forget_gate_holds_on_with_its_declared_sign(name: str) -> None:
    cell = registry.load_cell(name)
    assert retention(cell, 8.0, -8.0) > 0.99
    assert retention(cell, -8.0, 8.0) < 1e-6


@pytest.mark.parametrize("name", ["lstm_nfg", "lstm_1997"])
def test_without_forget_gate_the_carousel_is_constant(name: str) -> None:
    cell = registry.load_cell(name)
    assert not cell.forget
    assert retention(cell, 0.0, -60.0) == pytest.approx(1, abs=1e-12)


def test_truncated_gradients_leave_only_the_carousel() -> None:
    params, x = draw(registry.load_cell("lstm_1997")), inputs()
    found = {}
    for cut in (False, True):
        cell = registry.load_cell("lstm_1997", {"cut": cut})
        h_0, c_0 = (torch.full((B, H), 0.2, dtype=torch.float64) for _ in range(2))
        states = through_time(cell, params, x, (h_0.requires_grad_(), c_0.requires_grad_()))
        h, c = states[-1]
        found[cut] = h, c, torch.autograd.grad(h.sum(), (h_0, c_0), allow_unused=True)
    (h, c, (from_h, from_c)), (whole_h, _, (whole_from_h, whole_from_c)) = found[True], found[False]
    assert torch.equal(h, whole_h)
    o = h / (2 * torch.sigmoid(c) - 1)
    carousel = o * 2 * torch.sigmoid(c) * torch.sigmoid(-c)  # nothing of the T steps between
    assert from_h is None and whole_from_h.any()
    torch.testing.assert_close(from_c, carousel, rtol=1e-9, atol=0.0)
    assert not torch.allclose(whole_from_c, carousel, rtol=1e-2)


def test_input_gates_of_1997_start_nearly_shut() -> None:
    cell = registry.load_cell("lstm_1997")
    i, g, o = cell.initialize(SIZES, torch.Generator().manual_seed(0))["b"].chunk(3, -1)
    assert (i == -3).all() and not g.any() and not o.any()


def test_units_of_1997_take_the_input_biases_in_turn() -> None:
    cell = registry.load_cell("lstm_1997", {"input_biases": (-3.0, -6.0)})
    i, g, o = cell.initialize(SIZES, torch.Generator().manual_seed(0))["b"].chunk(3, -1)
    assert (i[::2] == -3).all() and (i[1::2] == -6).all() and not g.any() and not o.any()


@pytest.mark.parametrize("name", ["lstm_cifg", "lstm_nfg"])
def test_coupled_gates_keep_the_cell_within_one(name: str) -> None:
    cell = registry.load_cell(name)
    c = torch.stack([state[1] for state in through_time(cell, draw(cell), 20 * inputs())])
    assert bool((c.abs() <= 1).all()) == (name == "lstm_cifg")


def test_full_gate_recurrence_without_its_matrices_is_the_peephole_lstm() -> None:
    full, plain, x = registry.load_cell("lstm_fgr"), registry.load_cell("lstm_peephole"), inputs()
    params = draw(full)
    for name in ("R_i", "R_f", "R_o"):
        params[name] = torch.zeros_like(params[name])
    torch.testing.assert_close(hidden(full, params, x), hidden(plain, params, x))


def test_layer_normalization_undoes_the_scale_of_the_recurrent_weights() -> None:
    cell, x = registry.load_cell("lstm_layernorm"), inputs()
    params = draw(cell)
    larger = params | {"U": 10 * params["U"]}
    torch.testing.assert_close(hidden(cell, larger, x), hidden(cell, params, x), rtol=0, atol=2e-3)
    plain = registry.load_cell("lstm")
    assert not torch.allclose(hidden(plain, larger, x), hidden(plain, params, x), atol=0.05)


def test_layer_normalization_leaves_a_lone_input_its_sign() -> None:
    cell, x = registry.load_cell("lstm_layernorm"), inputs(width=1)
    params = draw(cell)
    params["W"] = params["W"][:, :1]
    ones = hidden(cell, params, x.sign())
    torch.testing.assert_close(hidden(cell, params, 50 * x.sign()), ones, rtol=0, atol=1e-3)
    assert not torch.allclose(hidden(cell, params, -x.sign()), ones, atol=0.05)


@pytest.mark.parametrize("forget_gate", ["sigmoid", "exp"])
def test_the_stabilizer_keeps_every_gate_finite(forget_gate: str) -> None:
    cell = registry.load_cell("slstm", {"forget_gate": forget_gate})
    params = {k: v.float().requires_grad_() for k, v in draw(cell).items()}
    states = through_time(cell, params, 1000 * inputs().float())
    h, _, n, _ = (torch.stack(part) for part in zip(*states, strict=True))
    assert (n >= 1).all() and (h.abs() <= 1).all()  # n: one of the two exponents is always 0
    h.sum().backward()
    assert all(params[name].grad.isfinite().all() for name in cell.params())


def test_normalized_gates_survive_being_both_shut() -> None:
    cell = registry.load_cell("min_lstm")
    params = {k: torch.zeros_like(v, dtype=torch.float32) for k, v in draw(cell).items()}
    params["b"] -= 200  # s(-200) is 0 in float32
    h = torch.ones(B, H)
    (new,) = cell.step(params, (h,), torch.zeros(B, INPUTS))
    torch.testing.assert_close(new, 0.5 * h + 0.5 * -200)


def test_opposite_biases_give_min_lstm_exactly_the_forget_gate_asked_for() -> None:
    cell = registry.load_cell("min_lstm")
    assert retention(cell, 2.0, -2.0) == pytest.approx(s(np.array(2.0)) ** T, rel=1e-12)


def test_beta_makes_the_weights_of_janet_exceed_one() -> None:
    f = torch.linspace(-4, 4, H, dtype=torch.float64)

    def weights(beta: float) -> Tensor:
        """Of the old h = 1 and the new tanh(g) = 1 together."""
        cell = registry.load_cell("janet", {"beta": beta})
        params = {name: torch.zeros_like(weight) for name, weight in draw(cell).items()}
        params["b"] = torch.cat([f, torch.full_like(f, 40.0)])[None]
        (h,) = cell.step(
            params, (torch.ones(1, H, dtype=torch.float64),), torch.zeros(1, INPUTS).double()
        )
        return h[0]

    torch.testing.assert_close(weights(0.0), torch.ones_like(f))
    expected = torch.sigmoid(f) + 1 - torch.sigmoid(f - 1)
    torch.testing.assert_close(weights(1.0), expected)
    assert (weights(1.0) > 1).all()


def test_the_shortcut_of_the_residual_lstm_passes_by_the_memory() -> None:
    cell, x = registry.load_cell("residual_lstm"), inputs()
    params = draw(cell)
    params["U_h"] = torch.zeros_like(params["U_h"])
    h, _ = through_time(cell, params, x)[-1]
    direction = x[-1] @ params["W_h"].mT
    ratio = h / direction  # the output gate is all that is between them
    assert ((ratio > 0) & (ratio < 1)).all()
