"""Simple recurrences and strongly typed cells, each against somebody else's computation of it."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torchrecurrent as tr
from reservoirpy.nodes import Reservoir
from torch import Tensor, nn
from torch.func import functional_call

from seqbench import registry
from seqbench.axes import State, Tensors
from seqbench.cell import Cell, recurrent_blocks
from seqbench.errors import InputError

I, H, O, T, B = 3, 8, 2, 6, 4  # noqa: E741
SIZES = {"I": I, "H": H, "O": O}
CLOSE = {"rtol": 1e-10, "atol": 1e-12}


def draw(cell: Cell, *front: int, dtype: torch.dtype = torch.float64) -> Tensors:
    """Random weights, none of them zero."""
    stream = torch.Generator().manual_seed(0)
    return {
        name: torch.randn(*front, *shape, generator=stream, dtype=dtype) / 2
        for name, shape in cell.shapes(SIZES).items()
    }


def inputs(
    *front: int, steps: int = T, batch: int = B, dtype: torch.dtype = torch.float64
) -> Tensor:
    stream = torch.Generator().manual_seed(1)
    return torch.randn(*front, steps, batch, I, generator=stream, dtype=dtype)


def walk(cell: Cell, params: Tensors, x: Tensor, state: State | None = None) -> list[State]:
    """The states after every step."""
    states = [cell.start(x.unbind(-3)[0], params) if state is None else state]
    for x_t in x.unbind(-3):
        states.append(cell.step(params, states[-1], x_t))
    return states[1:]


def path(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
    return torch.stack([state[0] for state in walk(cell, params, x)])


# ---------------------------------------------------------------- torchrecurrent, where it agrees


def plain(twin: nn.Module, x: Tensor, mapped: Tensors) -> Tensor:
    """A twin whose state is h."""
    h, said = torch.zeros(B, H, dtype=x.dtype), []
    for x_t in x:
        said.append(h := functional_call(twin, mapped, (x_t, h)))
    return torch.stack(said)


def t_gru(twin: nn.Module, x: Tensor, mapped: Tensors) -> Tensor:
    state, said = (torch.zeros(B, H, dtype=x.dtype), torch.zeros(B, I, dtype=x.dtype)), []
    for x_t in x:
        state = functional_call(twin, mapped, (x_t, state))
        said.append(state[0])
    return torch.stack(said)


def t_lstm(twin: nn.Module, x: Tensor, mapped: Tensors) -> Tensor:
    state, said = (torch.zeros(B, H, dtype=x.dtype), torch.zeros(B, I, dtype=x.dtype)), []
    for x_t in x:
        h, state = functional_call(twin, mapped, (x_t, state))
        said.append(h)
    return torch.stack(said)


def elman(p: Tensors) -> Tensors:
    return {"weight_ih": p["W"], "weight_hh": p["U"], "bias_ih": p["b"][0]}


def typed(p: Tensors) -> Tensors:
    return {"weight_ih": p["W"], "weight_hh": p["V"], "bias_ih": p["b"][0]}


TWINS = {
    "fastrnn": (
        {},
        lambda: tr.FastRNNCell(I, H),
        lambda p: elman(p) | {"alpha": p["alpha"][0], "beta": p["beta"][0]},
        plain,
    ),
    "minimalrnn": (
        {},
        lambda: tr.MinimalRNNCell(I, H),
        lambda p: {
            "weight_ih": p["W"],
            "weight_hh": p["U"],
            "weight_mm": p["V"],
            "bias_ih": p["b"][0, :H],
            "bias_hh": p["b"][0, H:],
        },
        plain,
    ),
    # the paper's z has no bias, torchrecurrent's has one: it is set to zero
    "t_rnn": (
        {},
        lambda: tr.TRNNCell(I, H),
        lambda p: {"weight_ih": p["W"], "bias_ih": torch.cat([0 * p["b"][0], p["b"][0]])},
        plain,
    ),
    "t_gru": ({}, lambda: tr.TGRUCell(I, H), typed, t_gru),
    "t_lstm": ({}, lambda: tr.TLSTMCell(I, H), typed, t_lstm),
} | {
    f"indrnn@{f}": (
        {"activation": f},
        lambda f=f: tr.IndRNNCell(I, H, nonlinearity=f),
        lambda p: {"weight_ih": p["W"], "vector_u": p["u"][0], "bias_ih": p["b"][0]},
        plain,
    )
    for f in ("relu", "tanh")
}


@pytest.mark.parametrize("name", TWINS)
def test_equals_torchrecurrent_in_outputs_and_gradients(name: str) -> None:
    knobs, make, mapping, run = TWINS[name]
    cell, x, twin = registry.load_cell(name.partition("@")[0], knobs), inputs(), make().double()
    ours, theirs = (
        {k: v.requires_grad_() for k, v in draw(cell).items() if "out" not in k} for _ in range(2)
    )
    silent = {k: torch.zeros_like(v) for k, v in twin.named_parameters()}
    said = path(cell, ours | {"W_out": torch.zeros(O, H)}, x)
    expected = run(twin, x, silent | mapping(theirs))
    torch.testing.assert_close(said, expected, **CLOSE)
    said.square().sum().backward()
    expected.square().sum().backward()
    for key, weight in ours.items():
        assert weight.grad.any()
        torch.testing.assert_close(weight.grad, theirs[key].grad, **CLOSE)


# ---------------------------------------------- by hand: one sequence and one gate (unit) at a time


def s(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def clockwork_by_hand(p: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Koutnik et al.: module by module; a module hears itself and those of longer periods."""
    modules = [[0, 1, 2], [3, 4, 5], [6, 7]]  # 8 units in 3 modules of periods 1, 2, 4
    h, said = np.zeros(H), []
    for t, x_t in enumerate(x):
        new = h.copy()
        for g, units in enumerate(modules):
            if t % 2**g == 0:
                for unit in units:
                    heard = [other for module in modules[g:] for other in module]
                    net = p["W"][unit] @ x_t + p["U"][unit, heard] @ h[heard] + p["b"][unit]
                    new[unit] = np.tanh(net)
        h = new
        said.append(h)
    return said


def scrn_by_hand(p: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Mikolov et al.: the slow units first, then the fast ones, which hear the new slow ones."""
    slow, fast, said = np.zeros(2), np.zeros(6), []
    for x_t in x:
        slow = 0.05 * (p["B"] @ x_t) + 0.95 * slow
        fast = s(p["P"] @ slow + p["W"] @ x_t + p["U"] @ fast + p["b"])
        said.append(np.concatenate([fast, slow]))
    return said


def rhn_by_hand(p: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Zilly et al., with the carry gate c = 1 - t written out."""
    state, said = np.zeros(H), []
    for x_t in x:
        for layer in (1, 2, 3):
            R, b = p[f"U_{layer}"], p[f"b_{layer}"]
            h, t = R[:H] @ state + b[:H], R[H:] @ state + b[H:]
            if layer == 1:
                h, t = h + p["W"][:H] @ x_t, t + p["W"][H:] @ x_t
            h, t = np.tanh(h), s(t)
            c = 1 - t
            state = h * t + state * c
        said.append(state)
    return said


def multiplicative_by_hand(p: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Sutskever et al.: the whole transition matrix of every input, then a simple network."""
    h, said = np.zeros(H), []
    for x_t in x:
        transition = p["R"] @ np.diag(p["V"] @ x_t) @ p["U"]
        h = np.tanh(p["W"] @ x_t + transition @ h + p["b"])
        said.append(h)
    return said


def min_gru_by_hand(p: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Feng et al., solved: h_t = sum over k of z_k h~_k times all later (1 - z)."""
    z = [s(p["W"][:H] @ x_t + p["b"][:H]) for x_t in x]
    new = [p["W"][H:] @ x_t + p["b"][H:] for x_t in x]
    return [
        sum(
            z[k] * new[k] * np.prod([np.ones(H), *(1 - z[j] for j in range(k + 1, t + 1))], axis=0)
            for k in range(t + 1)
        )
        for t in range(len(x))
    ]


BY_HAND = [
    ("clockwork", {"modules": 3}, clockwork_by_hand),
    ("scrn", {}, scrn_by_hand),
    ("rhn", {}, rhn_by_hand),
    ("multiplicative_rnn", {}, multiplicative_by_hand),
    ("min_gru", {}, min_gru_by_hand),
]


@pytest.mark.parametrize(("name", "knobs", "by_hand"), BY_HAND, ids=lambda v: str(v)[:18])
def test_equals_its_equation_in_numpy(
    name: str, knobs: dict[str, object], by_hand: Callable[..., np.ndarray]
) -> None:
    cell, x = registry.load_cell(name, knobs), inputs()
    params = draw(cell)
    flat = {k: (v[0] if v.shape[0] == 1 else v).numpy() for k, v in params.items()}
    ours = path(cell, params, x).numpy()
    for sequence in range(B):
        theirs = by_hand(flat, x[:, sequence].numpy())
        np.testing.assert_allclose(ours[:, sequence], theirs, rtol=1e-10, atol=1e-12)


def test_leaky_rnn_equals_the_reservoir_of_reservoirpy() -> None:
    cell, x = registry.load_cell("leaky_rnn", {"rate": 0.3}), inputs()
    p = draw(cell)
    W, U, b = p["W"].numpy(), p["U"].numpy(), p["b"][0].numpy()
    ours = path(cell, p, x).numpy()
    for sequence in range(B):
        twin = Reservoir(Win=W, W=U, bias=b, lr=0.3, dtype=np.float64)
        theirs = twin.run(x[:, sequence].numpy())
        np.testing.assert_allclose(ours[:, sequence], theirs, rtol=1e-10, atol=1e-12)


# ------------------------------------------------------------------------------ what is peculiar

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
    assert torch.equal(path(cell, params, x), path(registry.load_cell("rnn"), params, x))


def test_leaky_rnn_refuses_to_stand_still() -> None:
    with pytest.raises(InputError, match=r"^LeakyRnn: rate is 0.* Allowed: .* Change the value\.$"):
        registry.load_cell("leaky_rnn", {"rate": 0.0})


def test_clockwork_modules_stand_still_between_their_ticks() -> None:
    cell, x = registry.load_cell("clockwork", {"modules": 4}), inputs(steps=17)
    h = torch.stack([torch.zeros(B, H, dtype=x.dtype), *path(cell, draw(cell), x)])
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
        lambda h: walk(cell, params, x, (h, ticks))[-1][0][0], h
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
        return walk(cell, params, x, (*zero[:part], h, *zero[part + 1 :]))[-1][part][0]

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
    said = path(registry.load_cell("min_gru"), ours, x)
    torch.testing.assert_close(said, path(registry.load_cell("t_rnn"), theirs, x), **CLOSE)


@pytest.mark.parametrize("name", ["t_gru", "t_lstm"])
def test_the_last_input_is_carried_and_is_no_memory(name: str) -> None:
    cell, x = registry.load_cell(name), inputs(3)
    states = walk(cell, draw(cell, 3), x)
    assert "x" not in cell.memory
    for state, x_t in zip(states, x.unbind(-3), strict=True):
        assert torch.equal(state[cell.state.index("x")], x_t)


def test_scrn_slow_units_fade_by_their_decay_whatever_the_weights() -> None:
    cell, x = registry.load_cell("scrn", {"decay": 0.9, "context": 0.5}), inputs().requires_grad_()
    params = draw(cell)
    slow = walk(cell, params, x)[-1][0][..., 4:]
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
    alone = walk(cell, {k: v[some] for k, v in params.items()}, x[some])[-1][0]
    assert torch.equal(walk(cell, params, x)[-1][0][some], alone)


def test_fastrnn_is_born_close_to_the_identity() -> None:
    cell = registry.load_cell("fastrnn")
    params = cell.initialize(SIZES, torch.Generator().manual_seed(0))
    h, x = torch.full((B, H), 1000.0), torch.zeros(B, I)
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
        assert path(cell, draw(cell), inputs()).shape == (T, B, H)


def test_multiplicative_rnn_forgets_at_an_input_of_zeros() -> None:
    cell, x = registry.load_cell("multiplicative_rnn"), inputs(batch=1)
    params, zero = draw(cell), torch.zeros(1, I, dtype=x.dtype)
    for h in walk(cell, params, x):
        assert torch.equal(cell.step(params, h, zero)[0], torch.tanh(params["b"]))
