"""Gated cells beside the GRU: how many weights, and what is peculiar to each."""

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors
from tests.helpers.cells import SIZES, B, H, T, draw, hidden, inputs, through_time
from tests.helpers.gated import blocks, push

COUNTS = {
    "mgu": lambda n, m: 2 * (n * m + n * n + n),
    "mut1": lambda n, m: 3 * n * m + 2 * n * n + 3 * n,
    "mut2": lambda n, m: n * m + 5 * n * n + 3 * n,
    "mut3": lambda n, m: 3 * (n * m + n * n + n),
    "ugrnn": lambda n, m: 2 * (n * m + n * n + n),
    "intersection_rnn": lambda n, m: n * m + n + 4 * (2 * n * n + n),
    "ligru": lambda n, m: 2 * (n * m + n * n + n),
    "lightru": lambda n, m: 2 * n * m + n * n + n,
    "cfn": lambda n, m: 3 * n * m + 2 * n * n + 2 * n,
    "ran": lambda n, m: 3 * n * m + 2 * n * n + 2 * n,
    "atr": lambda n, m: n * m + n * n + n,
    "star": lambda n, m: 2 * n * m + n * n + 2 * n,
    "bistable": lambda n, m: 3 * n * m + 2 * n + 2 * n,
    "neuromodulated_bistable": lambda n, m: 3 * n * m + 2 * n * n + 2 * n,
    "fastgrnn": lambda n, m: n * m + n * n + 2 * n + 2,
}


@pytest.mark.parametrize(("n", "m"), [(7, 3), (4, 5)])
@pytest.mark.parametrize("name", COUNTS)
def test_parameter_counts(name: str, n: int, m: int) -> None:
    params = registry.load_cell(name).params().values()
    shapes = [param.shape({"I": m, "H": n, "O": 1}) for param in params]
    assert sum(rows * columns for rows, columns in shapes) == COUNTS[name](n, m)


@pytest.mark.parametrize("name", COUNTS)
def test_the_declared_biases_make_it_hold_or_let_go(name: str) -> None:
    cell, x = registry.load_cell(name), inputs()[0]
    params = draw(cell)
    if "nu" in params:
        params["nu"].fill_(-40.0)  # s(nu) is let in whatever the gate says
    small = torch.randn(B, H, generator=torch.Generator().manual_seed(2), dtype=torch.float64) / 1e3
    old = tuple(small for _ in cell.state)
    kept = cell.state.index(cell.memory[0]) if cell.memory else 0

    def moved(hold: float) -> Tensor:
        pushed = push(cell, push(cell, params, cell.forget, hold), cell.admit, -hold)
        return (cell.step(pushed, old, x)[kept] - small).abs()

    assert moved(40.0).max() < 1e-6  # cfn and star bend by h^3 / 3
    assert moved(-40.0).median() > 0.05


def test_mgu_is_the_gru_whose_reset_and_update_gates_are_one() -> None:
    mgu, gru, x = registry.load_cell("mgu"), registry.load_cell("gru"), inputs()
    params = draw(mgu)

    def twice(weight: Tensor, axis: int) -> Tensor:
        f, n = weight.chunk(2, axis)
        return torch.cat([f, -f, n], axis)

    same = {"W": twice(params["W"], 0), "U": twice(params["U"], 0), "b": twice(params["b"], 1)}
    torch.testing.assert_close(hidden(mgu, params, x), hidden(gru, params | same, x))


def test_ugrnn_is_the_gru_that_never_resets() -> None:
    cell, gru, x = registry.load_cell("ugrnn"), registry.load_cell("gru"), inputs()
    params = draw(cell)

    def open_reset(name: str) -> Tensor:
        axis = cell.params()[name].axis
        c, g = params[name].chunk(2, axis)
        return torch.cat([torch.full_like(g, 50.0 if name == "b" else 0.0), g, c], axis)

    same = {name: open_reset(name) for name in ("W", "U", "b")}
    torch.testing.assert_close(hidden(cell, params, x), hidden(gru, params | same, x))


def test_intersection_rnn_carries_its_memory_through_time_and_its_input_through_depth() -> None:
    cell, x = registry.load_cell("intersection_rnn"), inputs()
    params = draw(cell)
    (y, h), *_ = through_time(cell, params, x)
    again = [cell.step(params, (changed, h), x[1]) for changed in (y, y + 1)]
    assert all(torch.equal(a, b) for a, b in zip(*again, strict=True))
    open_depth = push(cell, params, {"d": 1}, 50.0)
    v = x @ params["P"].mT + blocks(params["b"])[4]
    torch.testing.assert_close(hidden(cell, open_depth, x), v)


@pytest.mark.parametrize(("name", "explodes"), [("ligru", True), ("ugrnn", False)])
def test_only_the_unbounded_candidate_explodes(name: str, explodes: bool) -> None:
    cell, x = registry.load_cell(name), inputs(steps=60)
    params = {k: torch.zeros_like(v) for k, v in draw(cell).items()}
    candidate = slice(H, None) if name == "ligru" else slice(H)
    params["U"][candidate] = 3 * torch.eye(H, dtype=torch.float64)
    params["W"][candidate] = 1.0
    size = hidden(cell, params, x)[-1].abs().max()
    assert (size > 1e12) if explodes else (size <= 1)


def test_cfn_forgets_everything_without_input_whatever_its_weights() -> None:
    cell = registry.load_cell("cfn")
    params = {name: 20 * weight for name, weight in draw(cell).items()}
    silence = torch.zeros(1000, B, SIZES["I"], dtype=torch.float64)
    h = [torch.full((B, H), 1.9, dtype=torch.float64)]
    for x_t in silence:
        h.append(cell.step(params, (h[-1],), x_t)[0])
    path = torch.stack(h).abs()
    assert (path.diff(dim=0) <= 0).all() and path[-1].max() < 0.05


@pytest.mark.parametrize("activation", ["tanh", "identity"])
def test_ran_is_a_weighted_sum_of_its_inputs(activation: str) -> None:
    cell, x = registry.load_cell("ran", {"activation": activation}), inputs()
    params = draw(cell)
    states = through_time(cell, params, x)
    W_c, W_i, W_f = params["W"].chunk(3)
    (U_i, U_f), (b_i, b_f) = params["U"].chunk(2), params["b"].chunk(2, -1)
    before = [cell.start(x[0], params)[0], *(h for h, _ in states[:-1])]
    i = [torch.sigmoid(x_t @ W_i.mT + h @ U_i.mT + b_i) for x_t, h in zip(x, before, strict=True)]
    f = [torch.sigmoid(x_t @ W_f.mT + h @ U_f.mT + b_f) for x_t, h in zip(x, before, strict=True)]
    weight = [i[j] * torch.stack([*f[j + 1 :], torch.ones_like(f[0])]).prod(0) for j in range(T)]
    total = sum(weight[j] * (x[j] @ W_c.mT) for j in range(T))
    h, c = states[-1]
    torch.testing.assert_close(c, total)
    torch.testing.assert_close(h, total.tanh() if activation == "tanh" else total)


def test_atr_has_equal_gates_where_the_state_says_nothing() -> None:
    cell, x = registry.load_cell("atr"), inputs()[0]
    params = draw(cell)
    params["U"].zero_(), params["b"].zero_()
    p, h = x @ params["W"].mT, torch.full((B, H), 0.7, dtype=torch.float64)
    torch.testing.assert_close(cell.step(params, (h,), x)[0], torch.sigmoid(p) * (p + h))


def test_star_squashes_what_the_light_recurrent_unit_does_not() -> None:
    star, light, x = registry.load_cell("star"), registry.load_cell("lightru"), inputs()[0]
    params = draw(star)
    params["b"][:, :H] = 0
    (old,) = torch.randn(1, B, H, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    (h,) = light.step(params | {"b": params["b"][:, H:]}, (old,), x)
    torch.testing.assert_close(star.step(params, (old,), x)[0], h.tanh())


def test_vectors_and_scalars_start_where_the_authors_start_them() -> None:
    def born(name: str) -> Tensors:
        return registry.load_cell(name).initialize(SIZES, torch.Generator().manual_seed(0))

    assert born("bistable")["u"].unique().tolist() == [1.0]
    assert born("fastgrnn")["zeta"].tolist() == [[1.0]]
    assert born("fastgrnn")["nu"].tolist() == [[-4.0]]
    assert all(not born(name)["b"].any() for name in set(COUNTS) - {"cfn", "fastgrnn"})
    assert born("fastgrnn")["b"].unique().tolist() == [1.0]
    assert born("cfn")["b"].tolist() == [[1.0] * H + [-1.0] * H]


@pytest.mark.parametrize("units", [50, 200])
@pytest.mark.parametrize("gain", [1.0, 2.0])
def test_cfn_and_fastgrnn_start_as_wide_whatever_their_units(units: int, gain: float) -> None:
    sizes = SIZES | {"I": 40, "H": units}

    def born(name: str) -> Tensors:
        cell = registry.load_cell(name, {"gain": gain})
        return cell.initialize(sizes, torch.Generator().manual_seed(0))

    for name, times in (("W", 1), ("U", gain)):
        within = born("cfn")[name].abs().max().item()
        assert 0.0695 * times < within <= 0.07 * times + 1e-6
        fast = born("fastgrnn")[name]
        assert fast.std().item() == pytest.approx(0.1 * times, rel=0.05)
        assert fast.abs().max() > 0.25 * times  # not uniform within .1 times the root of 3
