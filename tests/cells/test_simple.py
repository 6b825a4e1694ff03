"""Simple recurrences and strongly typed cells: what is peculiar to each."""

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import Cell, recurrent_blocks
from seqbench.errors import InputError
from tests.helpers.cells import CLOSE, INPUTS, SIZES, B, H, T, draw, hidden, inputs, through_time

COUNTS = {
    "leaky_rnn": lambda n, m: n * m + n * n + n,
    "indrnn": lambda n, m: n * m + n + n,
    "clockwork": lambda n, m: n * m + n * n + n,
    "scrn": lambda n, m: n * m + (f := n - round(n / 4)) * n + f,
    "fastrnn": lambda n, m: n * m + n * n + n + 2,
    "minimalrnn": lambda n, m: n * m + 2 * n * n + 2 * n,
    "rhn": lambda n, m: 2 * n * m + 3 * (2 * n * n + 2 * n),
    "multiplicative_rnn": lambda n, m: 2 * n * m + 2 * n * n + n,
    "min_gru": lambda n, m: 2 * n * m + 2 * n,
    "t_rnn": lambda n, m: 2 * n * m + n,
    "t_gru": lambda n, m: 6 * n * m + 3 * n,
    "t_lstm": lambda n, m: 6 * n * m + 3 * n,
}


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize(("n", "m"), [(4, 3), (7, 5), (32, 2)])
def test_parameter_counts(name: str, n: int, m: int) -> None:
    shapes = registry.load_cell(name).shapes({"I": m, "H": n, "O": 0})
    assert sum(rows * columns for rows, columns in shapes.values()) == COUNTS[name](n, m)


def test_leaky_rnn_at_rate_one_is_the_simple_network() -> None:
    cell, x = registry.load_cell("leaky_rnn", {"rate": 1.0}), inputs()
    params = draw(cell)
    assert torch.equal(hidden(cell, params, x), hidden(registry.load_cell("rnn"), params, x))


def test_leaky_rnn_refuses_to_stand_still() -> None:
    with pytest.raises(InputError, match=r"^LeakyRnn: rate is 0.* Allowed: .* Change the value\.$"):
        registry.load_cell("leaky_rnn", {"rate": 0.0})


def test_clockwork_modules_stand_still_between_their_ticks() -> None:
    cell, x = registry.load_cell("clockwork", {"modules": 4}), inputs(steps=17)
    h = torch.stack([torch.zeros(B, H, dtype=x.dtype), *hidden(cell, draw(cell), x)])
    moved = (h[1:] != h[:-1]).all(-2)  # (T, H); two units in each module
    for unit in range(H):
        period = 2 ** (unit // 2)
        assert moved[:, unit].tolist() == [t % period == 0 for t in range(17)]


def test_clockwork_slow_modules_do_not_hear_fast_ones() -> None:
    cell, x = registry.load_cell("clockwork", {"modules": 4}), inputs(steps=8, batch=1)
    params = draw(cell)
    h = torch.randn(1, H, dtype=x.dtype, generator=torch.Generator().manual_seed(2))
    ticks = torch.zeros(1, 1, dtype=x.dtype)
    J = torch.autograd.functional.jacobian(
        lambda h: through_time(cell, params, x, (h, ticks))[-1][0][0], h
    ).squeeze(1)
    module = torch.arange(H) // 2
    hears = module[:, None] <= module
    assert not J[~hears].any() and J[hears].all()


def test_clockwork_is_born_with_the_radius_that_gain_asks_for_and_nothing_unused() -> None:
    cell = registry.load_cell("clockwork", {"modules": 4, "gain": 1.5})
    weights = cell.initialize({"I": 1, "H": 400, "O": 1}, torch.Generator().manual_seed(0))
    (U,) = recurrent_blocks(cell, weights)
    assert torch.linalg.eigvals(U).abs().max().item() == pytest.approx(1.5, rel=0.1)
    module = torch.arange(400) // 100
    assert not U[module[:, None] > module].any()


def test_indrnn_begins_between_zero_and_gain() -> None:
    cell = registry.load_cell("indrnn", {"gain": 0.5})
    u = cell.initialize({"I": 1, "H": 500, "O": 1}, torch.Generator().manual_seed(0))["u"]
    assert 0 <= u.min() < 0.01 and 0.49 < u.max() < 0.5
    assert u.mean().item() == pytest.approx(0.25, abs=0.02)


def last_by_first(cell: Cell, part: int) -> tuple[Tensor, Tensors, Tensor]:
    """How one part of the last state depends on the same part of the first, (H, H)."""
    params, x = draw(cell), inputs(batch=1)
    zero = [torch.zeros_like(p) for p in cell.start(x[0], params)]

    def run(h: Tensor) -> Tensor:
        return through_time(cell, params, x, (*zero[:part], h, *zero[part + 1 :]))[-1][part][0]

    h = torch.full_like(zero[part], 0.1)
    return torch.autograd.functional.jacobian(run, h).squeeze(1), params, x[:, 0]


def test_indrnn_units_are_independent_through_time() -> None:
    J, _, _ = last_by_first(registry.load_cell("indrnn", {"activation": "tanh"}), 0)
    assert torch.equal(J, torch.diag(J.diag())) and J.diag().all()


@pytest.mark.parametrize(
    ("name", "part", "row", "sign"),
    [("min_gru", 0, 0, -1), ("t_rnn", 0, 1, 1), ("t_gru", 0, 1, 1), ("t_lstm", 1, 1, 1)],
)
def test_strongly_typed_memory_fades_by_its_gate_alone(
    name: str, part: int, row: int, sign: int
) -> None:
    cell = registry.load_cell(name)
    assert list(cell.forget.values()) == [sign]
    J, p, x = last_by_first(cell, part)
    b = p["b"] if name == "t_rnn" else p["b"].chunk(len(cell.gates), -1)[row]
    gate = x @ p["W"].chunk(len(cell.gates))[row].mT + b
    if "V" in p:
        gate = gate + torch.cat([0 * x[:1], x[:-1]]) @ p["V"].chunk(len(cell.gates))[row].mT
    torch.testing.assert_close(J, torch.sigmoid(sign * gate).prod(0).diag(), **CLOSE)


def test_min_gru_without_its_bias_is_t_rnn_with_the_gate_turned() -> None:
    x, ours = inputs(), draw(registry.load_cell("min_gru"))
    ours["b"][:, H:] = 0
    z, n = ours["W"].chunk(2)
    theirs = {"W": torch.cat([n, -z]), "b": -ours["b"][:, :H], "W_out": ours["W_out"]}
    said = hidden(registry.load_cell("min_gru"), ours, x)
    torch.testing.assert_close(said, hidden(registry.load_cell("t_rnn"), theirs, x), **CLOSE)


@pytest.mark.parametrize("name", ["t_gru", "t_lstm"])
def test_the_last_input_is_carried_and_is_no_memory(name: str) -> None:
    cell, x = registry.load_cell(name), inputs(3)
    states = through_time(cell, draw(cell, 3), x)
    assert "x" not in cell.memory
    for state, x_t in zip(states, x.unbind(-3), strict=True):
        assert torch.equal(state[cell.state.index("x")], x_t)


def test_scrn_slow_units_fade_by_their_decay_whatever_the_weights() -> None:
    cell, x = registry.load_cell("scrn", {"decay": 0.9, "context": 0.5}), inputs().requires_grad_()
    params = draw(cell)
    slow = through_time(cell, params, x)[-1][0][..., 4:]
    (grad,) = torch.autograd.grad(slow.sum(), x)
    expected = 0.1 * 0.9 ** torch.arange(T - 1.0, -1, -1, dtype=x.dtype)
    total = expected[:, None, None] * params["B"].sum(0)
    torch.testing.assert_close(grad, total.expand_as(grad), **CLOSE)


@pytest.mark.parametrize(("units", "slow"), [(32, 8), (8, 2), (3, 1), (2, 1)])
def test_scrn_has_units_of_both_kinds(units: int, slow: int) -> None:
    assert registry.load_cell("scrn").letters(units) == {"F": units - slow, "C": slow}


@pytest.mark.parametrize("name", ["scrn", "fastrnn"])
def test_short_buffers_round_alike_in_a_stack_of_any_width(name: str) -> None:
    cell = registry.load_cell(name)
    params, x = draw(cell, 41, dtype=torch.float32), inputs(41, batch=3, dtype=torch.float32)
    some = [34, 35, 36]  # 18 or 1 numbers each: in the stack they fill other registers than alone
    alone = through_time(cell, {k: v[some] for k, v in params.items()}, x[some])[-1][0]
    assert torch.equal(through_time(cell, params, x)[-1][0][some], alone)


def test_fastrnn_is_born_close_to_the_identity() -> None:
    cell = registry.load_cell("fastrnn")
    params = cell.initialize(SIZES, torch.Generator().manual_seed(0))
    h, x = torch.full((B, H), 1000.0), torch.zeros(B, INPUTS)
    (new,) = cell.step(params, (h,), x)
    torch.testing.assert_close(new / h, torch.full((B, H), 0.952574), rtol=1e-3, atol=0)


def test_minimalrnn_and_rhn_hold_where_their_gates_say_so() -> None:
    for name, gate in (("minimalrnn", "u"), ("rhn", "t")):
        cell = registry.load_cell(name)
        params = draw(cell)
        for key, param in cell.params().items():
            if param.role == "bias":
                block = params[key].chunk(len(param.gates), -1)[param.gates.index(gate)]
                block += 1000 * cell.forget[gate]
        h = torch.full((B, H), 0.3, dtype=torch.float64)
        assert torch.equal(cell.step(params, (h,), inputs()[0])[0], h)


def test_rhn_is_as_deep_as_it_is_told() -> None:
    for depth in (1, 2, 5):
        cell = registry.load_cell("rhn", {"depth": depth})
        assert len(recurrent_blocks(cell, draw(cell))) == 2 * depth
        assert hidden(cell, draw(cell), inputs()).shape == (T, B, H)


def test_multiplicative_rnn_forgets_at_an_input_of_zeros() -> None:
    cell, x = registry.load_cell("multiplicative_rnn"), inputs(batch=1)
    params, zero = draw(cell), torch.zeros(1, INPUTS, dtype=x.dtype)
    for h in through_time(cell, params, x):
        assert torch.equal(cell.step(params, h, zero)[0], torch.tanh(params["b"]))
