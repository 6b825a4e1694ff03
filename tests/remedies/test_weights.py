"""What remedies on the weights promise: at birth, as parametrization, on the gradient, as bound."""

from dataclasses import replace
from math import pi
from typing import ClassVar

import numpy as np
import pytest
import torch
from scipy import linalg, stats
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors, joint_norm
from seqbench.cell import Cell, Param, recurrent_blocks
from seqbench.remedy import Remedy, compose
from tests.helpers.remedies import (
    SIZES,
    Recall,
    at,
    changed,
    draw,
    gradients,
    newborn,
    same,
)

ALWAYS = ("exp_map", "cayley")  # orthogonal at any time
PARAMETRIZATIONS = (*ALWAYS, "spectral_norm")
CHANCE = 1e-4  # a right distribution fails one of these tests in a thousand choices of their seeds


class Independent(Cell):
    """A recurrent vector, as in the IndRNN."""

    def params(self) -> dict[str, Param]:
        return super().params() | {"U": Param("1", "H", "recurrent")}


class Contrary(type(registry.load_cell("lstm"))):
    """A forget gate that holds on when it is closed."""

    forget: ClassVar[dict[str, int]] = {"f": -1}


def is_orthogonal(U: Tensor, tolerance: float) -> None:
    eye = torch.eye(U.shape[-1]).to(U).expand_as(U)
    torch.testing.assert_close(U @ U.mT, eye, atol=tolerance, rtol=0)


def after_random_updates(remedy: Remedy, cell: Cell, n: int, rate: float = 0.1) -> Tensors:
    """Weights after n steps along random gradients; between two steps the remedy projects."""
    spot = at(cell)
    weights = remedy.initialize(newborn(cell), spot)
    stream = torch.Generator().manual_seed(3)
    for _ in range(n):
        weights = {k: w - rate * torch.randn(w.shape, generator=stream) for k, w in weights.items()}
        weights = remedy.project(weights, spot)
    return weights


# --- gates at birth --------------------------------------------------------------------------


def gate_draws(name: str, cell: Cell, n: int = 300, **knobs: int) -> Tensor:
    """The blocks of the bias in n newborn cells: (n, gates, H)"""
    remedy, spot = registry.load_remedy(name, knobs), at(cell)
    born = [remedy.initialize(newborn(cell), spot)["b"] for _ in range(n)]
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
    born = registry.load_remedy("chrono", {"longest": 30}).initialize(newborn(cell), at(cell))
    b = born["b"].chunk(3, -1)[1]
    weights = {k: torch.zeros_like(v) for k, v in born.items()} | {"b": born["b"]}
    h = torch.full((1, SIZES["H"]), 0.5)
    (kept,) = cell.step(weights, (h,), torch.zeros(1, SIZES["I"]))
    torch.testing.assert_close(kept / h, b.exp() / (b.exp() + 1))


@pytest.mark.parametrize(("lag", "longest"), [(0, 1), (1, 0), (1, 2)])
def test_chrono_of_the_shortest_memory_is_a_number(lag: int, longest: int) -> None:
    cell = registry.load_cell("lstm")
    remedy = registry.load_remedy("chrono", {"longest": longest})
    after = remedy.initialize(newborn(cell), replace(at(cell), lag=lag))
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
    after = registry.load_remedy("uniform_gate").initialize(newborn(cell, hidden=1), at(cell))
    assert after["b"].isfinite().all()


@pytest.mark.parametrize("name", ["chrono", "uniform_gate"])
def test_gates_follow_the_sign_that_a_cell_declares(name: str) -> None:
    remedy = registry.load_remedy(name)
    straight, contrary = (
        remedy.initialize(newborn(cell), at(cell))["b"].chunk(4, -1)
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
        before = newborn(cell)
        biases = {k for k, p in cell.params().items() if p.role == "bias"}
        assert changed(before, remedy.initialize(before, at(cell))) & biases
        assert changed(before, remedy.initialize(before, at(cell))) <= biases


# --- criticality at birth --------------------------------------------------------------------


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
    before = newborn(cell, hidden=32)
    after = registry.load_remedy("critical_init").initialize(before, at(cell))
    assert mean_squared_singular_value(cell, before) < 0.8
    assert mean_squared_singular_value(cell, after) == pytest.approx(1, abs=0.1)
    assert changed(before, after) == {"U"}
    ratios = after["U"] / before["U"]
    torch.testing.assert_close(ratios, ratios[:1, :1].expand_as(ratios))  # one number for all


def test_critical_init_of_a_linear_network_is_known() -> None:
    """Where J is a U, its mean squared singular value is a^2 ||U||_F^2 / H."""
    cell = registry.load_cell("rnn", {"activation": "modrelu"})  # the identity for b = 0
    before = newborn(cell, hidden=32)
    before |= {"U": before["U"] / 3}
    after = registry.load_remedy("critical_init").initialize(before, at(cell))
    squared = after["U"].square().sum().item() / 32
    assert squared == pytest.approx(1, rel=0.05)


def test_critical_init_leaves_a_critical_cell_alone() -> None:
    cell, remedy = registry.load_cell("rnn"), registry.load_remedy("critical_init")
    once = remedy.initialize(newborn(cell, hidden=32), at(cell))
    assert same(remedy.initialize(once, at(cell)), once)


@pytest.mark.parametrize(("scale", "nearest"), [(1 / 40, 16.0), (40.0, 1 / 16)])
def test_critical_init_out_of_reach_takes_the_nearest(scale: float, nearest: float) -> None:
    cell = registry.load_cell("rnn", {"activation": "modrelu"})
    before = newborn(cell, hidden=16)
    before |= {"U": before["U"] * scale}
    after = registry.load_remedy("critical_init").initialize(before, at(cell))
    factor = (after["U"] / before["U"]).mean().item()
    assert factor == pytest.approx(nearest, rel=0.02)


def test_critical_init_draws_from_its_own_stream_only() -> None:
    cell, remedy = registry.load_cell("rnn"), registry.load_remedy("critical_init")
    state = torch.get_rng_state()
    one, other = (remedy.initialize(newborn(cell), at(cell)) for _ in range(2))
    assert same(one, other)
    assert torch.equal(torch.get_rng_state(), state)


# --- parametrizations ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALWAYS)
@pytest.mark.parametrize("cell_name", ["rnn", "lstm", "gru"])
def test_orthogonal_after_a_thousand_random_updates(name: str, cell_name: str) -> None:
    cell, remedy = registry.load_cell(cell_name), registry.load_remedy(name)
    raw = after_random_updates(remedy, cell, 1000)
    seen = remedy.reparametrize(raw, at(cell))
    assert changed(raw, seen) == {"U"}
    for block in recurrent_blocks(cell, seen):
        is_orthogonal(block, 1e-5)
    exact = remedy.reparametrize({k: v.double() for k, v in raw.items()}, at(cell))
    for block in recurrent_blocks(cell, exact):
        is_orthogonal(block, 1e-10)


@pytest.mark.parametrize("length", [1e-3, 1.0, 25.0])
def test_exp_map_is_the_matrix_exponential(length: float) -> None:
    cell = registry.load_cell("rnn")
    raw = draw(cell)
    A = np.triu(raw["U"].numpy(), 1)
    skew = (A - A.T) * (length / np.linalg.norm(A - A.T, 2))
    raw["U"] = torch.tensor(np.triu(skew, 1) + np.tril(A.T))  # below the diagonal nothing counts
    U = registry.load_remedy("exp_map").reparametrize(raw, at(cell))["U"].numpy()
    np.testing.assert_allclose(U, linalg.expm(skew), atol=1e-11)


@pytest.mark.parametrize("name", ALWAYS)
def test_orthogonal_however_far_it_is_trained(name: str) -> None:
    cell = registry.load_cell("rnn")
    U = registry.load_remedy(name).reparametrize(draw(cell, scale=1e4), at(cell))["U"]
    is_orthogonal(U, 1e-6)


@pytest.mark.parametrize("hidden", [1, 7, 8])
def test_exp_map_begins_with_evenly_spread_angles(hidden: int) -> None:
    cell, remedy = registry.load_cell("rnn"), registry.load_remedy("exp_map")
    spot, angles = at(cell), []
    for _ in range(200):
        raw = remedy.initialize(newborn(cell, hidden=hidden), spot)
        U = remedy.reparametrize(raw, spot)["U"].double().numpy()
        assert np.linalg.det(U) == pytest.approx(1)
        angles += [a for a in np.abs(np.angle(np.linalg.eigvals(U))) if a > 1e-6]
    turning = hidden // 2 * 2
    assert len(angles) == pytest.approx(200 * turning, abs=2)
    if turning:
        assert stats.kstest(angles[::2], stats.uniform(0, pi).cdf).pvalue > CHANCE


@pytest.mark.parametrize("negative", [0.0, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("hidden", [7, 8])
def test_cayley_is_the_scaled_transform(negative: float, hidden: int) -> None:
    cell, remedy = registry.load_cell("rnn"), registry.load_remedy("cayley", {"negative": negative})
    raw = remedy.initialize(newborn(cell, hidden=hidden), at(cell))
    turned = round(negative * hidden)
    D = np.diag([1.0] * (hidden - turned) + [-1.0] * turned)
    for U_raw in (raw["U"], torch.randn_like(raw["U"])):
        A = np.triu(U_raw.double().numpy(), 1)
        expected = np.linalg.inv(np.eye(hidden) + A - A.T) @ (np.eye(hidden) - A + A.T) @ D
        U = remedy.reparametrize(raw | {"U": U_raw}, at(cell))["U"].numpy()
        np.testing.assert_allclose(U, expected, atol=1e-6)
        assert np.linalg.det(U) == pytest.approx((-1) ** turned, abs=1e-4)


def test_cayley_begins_with_angles_up_to_a_quarter_turn() -> None:
    cell, remedy = registry.load_cell("rnn"), registry.load_remedy("cayley", {"negative": 0.0})
    spot, angles = at(cell), []
    for _ in range(200):
        raw = remedy.initialize(newborn(cell), spot)
        U = remedy.reparametrize(raw, spot)["U"].double().numpy()
        angles += list(np.abs(np.angle(np.linalg.eigvals(U))))
    assert stats.kstest(angles[::2], stats.uniform(0, pi / 2).cdf).pvalue > CHANCE


@pytest.mark.parametrize("norm", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("cell_name", ["rnn", "lstm", "gru"])
def test_spectral_norm_is_exact_at_any_length(cell_name: str, scale: float, norm: float) -> None:
    cell, remedy = registry.load_cell(cell_name), registry.load_remedy("spectral_norm")
    raw = draw(cell, 3, scale=scale)
    seen = replace(remedy, norm=norm).reparametrize(raw, at(cell))
    assert changed(raw, seen) == {"U"}
    for old, new in zip(recurrent_blocks(cell, raw), recurrent_blocks(cell, seen), strict=True):
        assert np.linalg.norm(new.numpy(), 2, axis=(1, 2)) == pytest.approx(norm)
        ratio = new / old
        torch.testing.assert_close(ratio, ratio[:, :1, :1].expand_as(ratio))


def test_spectral_norm_of_a_block_of_zeros_is_zero() -> None:
    cell, remedy = registry.load_cell("rnn"), registry.load_remedy("spectral_norm")
    raw = {k: torch.zeros_like(v).requires_grad_() for k, v in draw(cell).items()}
    U = remedy.reparametrize(raw, at(cell))["U"]
    (grad,) = torch.autograd.grad(U.square().sum(), raw["U"])
    assert not U.any() and grad.isfinite().all()


@pytest.mark.parametrize("name", PARAMETRIZATIONS)
def test_the_gradient_reaches_what_is_trained(name: str) -> None:
    """First derivatives are exact, also where the spectral norm calls its vectors constant."""
    cell, remedy = registry.load_cell("lstm"), registry.load_remedy(name)
    raw = {k: v.requires_grad_() for k, v in draw(cell, 2).items()}
    torch.autograd.gradcheck(
        lambda U: remedy.reparametrize(raw | {"U": U}, at(cell))["U"], raw["U"], fast_mode=True
    )


@pytest.mark.parametrize("name", PARAMETRIZATIONS)
@pytest.mark.parametrize("start", ["identity", "small_init"])
def test_second_derivatives_are_numbers_even_where_singular_values_are_equal(
    name: str, start: str
) -> None:
    cell = registry.load_cell("rnn")
    remedy = registry.load_remedy(f"{start}+{name}")
    raw = remedy.initialize(newborn(cell), at(cell))
    leaf = (raw["U"] * (start != "identity") + torch.eye(SIZES["H"])).requires_grad_()
    U = remedy.reparametrize(raw | {"U": leaf}, at(cell))["U"]
    (grad,) = torch.autograd.grad(U.sin().sum(), leaf, create_graph=True)
    (second,) = torch.autograd.grad(grad.square().sum(), leaf)
    assert second.isfinite().all()


@pytest.mark.parametrize("name", PARAMETRIZATIONS)
@pytest.mark.parametrize("cell_name", ["rnn", "gru"])
def test_parametrized_trials_never_talk(name: str, cell_name: str) -> None:
    """Rows of very different lengths: each gets the bits that it gets in any other company."""
    cell, remedy = registry.load_cell(cell_name), registry.load_remedy(name)
    lengths = torch.tensor([1e-3, 0.05, 1.0, 7.0, 100.0])[:, None, None]
    raw = {k: v * lengths for k, v in draw(cell, 5, dtype=torch.float32).items()}

    def seen(rows: list[int]) -> list[Tensor]:
        leaf = raw["U"][rows].requires_grad_()
        U = remedy.reparametrize({k: v[rows] for k, v in raw.items()} | {"U": leaf}, at(cell))["U"]
        return [U.detach(), *torch.autograd.grad(U.sin().sum(), leaf)]

    together = seen([0, 1, 2, 3, 4])
    for rows in ([1, 3], [4, 0], [2, 2]):
        assert all(torch.equal(a[rows], b) for a, b in zip(together, seen(rows), strict=True))


# --- on the gradient -------------------------------------------------------------------------


def units(cell: Cell, tensors: Tensors, row: int) -> dict[str, np.ndarray]:
    """What adaptive clipping counts as one, by hand: rows of matrices, gates of vectors."""
    found = {}
    for name, param in cell.params().items():
        x = tensors[name][row].numpy()
        found[name] = x.reshape(len(param.gates), -1) if param.rows == "1" else x
    return found


@pytest.mark.parametrize("cell_name", ["rnn", "lstm_peephole", "gru"])
def test_adaptive_clip_bounds_every_unit_by_its_weights(cell_name: str) -> None:
    cell, remedy = registry.load_cell(cell_name), registry.load_remedy("adaptive_clip")
    params = draw(cell, 4)
    lengths = torch.tensor([1e-5, 1e-2, 1.0, 1e6])[:, None, None]
    grads = {k: v.flip(-1) * lengths for k, v in params.items()}
    clipped = remedy.transform(grads, params, at(cell))
    assert all(torch.equal(clipped[name], grads[name]) for name in ("W_out", "b_out"))
    for row in range(4):
        sets = (units(cell, t, row) for t in (params, grads, clipped))
        for w, g, new in zip(*(s.values() for s in sets), strict=True):
            most = 0.01 * np.linalg.norm(w, axis=-1)
            short = np.linalg.norm(g, axis=-1) <= most
            assert np.array_equal(new[short], g[short])  # not one bit changes
            factor = (most / np.linalg.norm(g, axis=-1))[~short, None]
            np.testing.assert_allclose(new[~short], g[~short] * factor, rtol=1e-12)


def test_adaptive_clip_lets_weights_that_are_zero_move() -> None:
    cell, remedy = registry.load_cell("lstm"), registry.load_remedy("adaptive_clip")
    grads = draw(cell)
    zero = {k: torch.zeros_like(v) for k, v in grads.items()}
    moved = remedy.transform(grads, zero, at(cell))
    lengths = np.linalg.norm(moved["U"].numpy(), axis=-1)
    np.testing.assert_allclose(lengths, 0.01 * 1e-3)
    assert same(remedy.transform(zero, grads, at(cell)), zero)


def test_normalized_gradients_differ_in_direction_only() -> None:
    remedy, cell = registry.load_remedy("normalize_gradient"), registry.load_cell("lstm")
    grads = gradients(1e-20, 1e-3, 1.0, 1e12)
    for length in (1.0, 0.3):
        made = replace(remedy, length=length).transform(grads, {}, at(cell))
        assert joint_norm(made.values()).tolist() == pytest.approx([length] * 4)
        for name, g in grads.items():
            torch.testing.assert_close(made[name][3], g[3] * (length / 1e12))


def test_a_gradient_of_zero_stays_zero() -> None:
    zero = {k: torch.zeros_like(g) for k, g in gradients(1.0, 1.0).items()}
    cell = registry.load_cell("lstm")
    assert same(registry.load_remedy("normalize_gradient").transform(zero, {}, at(cell)), zero)


@pytest.mark.parametrize(("step", "variance"), [(0, 0.3), (999, 0.3 / 1000**0.55)])
def test_gradient_noise_has_the_variance_it_says(step: int, variance: float) -> None:
    cell, remedy = registry.load_cell("gru"), registry.load_remedy("gradient_noise", {"eta": 0.3})
    grads, spot = draw(cell), replace(at(cell), step=step)
    noise = [remedy.transform(grads, {}, spot) for _ in range(100)]
    drawn = np.concatenate([(n[k] - g).flatten() for n in noise for k, g in grads.items()])
    assert stats.kstest(drawn, stats.norm(0, variance**0.5).cdf).pvalue > CHANCE
    assert drawn.var() == pytest.approx(variance, rel=0.03)


def test_gradient_noise_is_the_streams_and_no_other() -> None:
    cell, remedy = registry.load_cell("gru"), registry.load_remedy("gradient_noise")
    grads = draw(cell)
    one, again, other = (remedy.transform(grads, {}, at(cell, seed)) for seed in (1, 1, 2))
    assert same(one, again) and not same(one, other)
    quiet = registry.load_remedy("gradient_noise", {"eta": 0.0})
    assert same(quiet.transform(grads, {}, at(cell)), grads)


# --- on the weights --------------------------------------------------------------------------


@pytest.mark.parametrize("cell_name", ["rnn", "gru"])
def test_stiefel_is_orthogonal_from_birth_and_after_a_thousand_updates(cell_name: str) -> None:
    cell, remedy = registry.load_cell(cell_name), registry.load_remedy("stiefel")
    for n in (0, 1, 1000):
        for block in recurrent_blocks(cell, after_random_updates(remedy, cell, n)):
            is_orthogonal(block, 5e-6)


def test_stiefel_takes_the_nearest() -> None:
    cell, remedy = registry.load_cell("gru"), registry.load_remedy("stiefel")
    raw = draw(cell)
    kept = remedy.project(raw, at(cell))
    assert changed(raw, kept) == {"U"}
    for old, new in zip(recurrent_blocks(cell, raw), recurrent_blocks(cell, kept), strict=True):
        np.testing.assert_allclose(new.numpy(), linalg.polar(old.numpy())[0], atol=1e-12)
    torch.testing.assert_close(remedy.project(kept, at(cell)), kept)


def test_stiefel_begins_without_preference() -> None:
    cell, remedy, n = registry.load_cell("rnn"), registry.load_remedy("stiefel"), 200
    drawn = [remedy.initialize(newborn(cell, seed), at(cell))["U"] for seed in range(n)]
    assert torch.stack(drawn).mean(0).abs().max() < 4.5 * (1 / SIZES["H"] / n) ** 0.5


@pytest.mark.parametrize("name", ["stiefel", "recurrent_bound", "max_norm"])
def test_a_trial_that_is_no_number_stays_so_and_harms_none(name: str) -> None:
    cell, remedy = registry.load_cell("gru"), registry.load_remedy(name)
    raw = draw(cell, 3, scale=4.0)
    sick = {k: v.index_fill(0, torch.tensor(1), torch.nan) for k, v in raw.items()}
    kept, healthy = remedy.project(sick, at(cell)), remedy.project(raw, at(cell))
    assert kept["U"][1].isnan().all()
    assert torch.equal(kept["U"][[0, 2]], healthy["U"][[0, 2]])


def longest_row(w: Tensor) -> float:
    return w.square().sum(-1).sqrt().max().item()


def largest_singular_value(cell: Cell, weights: Tensors) -> float:
    return max(np.linalg.norm(U.numpy(), 2) for U in recurrent_blocks(cell, weights))


@pytest.mark.parametrize("lag", [1, 20, 1000])
@pytest.mark.parametrize("cell_name", ["rnn", "lstm"])
def test_recurrent_bound_holds_from_birth_and_after_every_update(cell_name: str, lag: int) -> None:
    cell, remedy = registry.load_cell(cell_name), registry.load_remedy("recurrent_bound")
    spot, bound = replace(at(cell), lag=lag), 2 ** (1 / lag)
    weights = remedy.initialize(newborn(cell), spot)
    for _ in range(20):
        assert largest_singular_value(cell, weights) <= bound * (1 + 1e-5)
        weights = {k: w + torch.randn_like(w) for k, w in weights.items()}
        weights = remedy.project(weights, spot)
    U = recurrent_blocks(cell, weights)[0].double()
    assert np.linalg.norm(np.linalg.matrix_power(U, lag), 2) <= 2 * (1 + 1e-4)


def test_recurrent_bound_leaves_what_is_inside_alone() -> None:
    cell, remedy = registry.load_cell("gru"), registry.load_remedy("recurrent_bound")
    small = draw(cell, 2, scale=0.01)
    assert same(remedy.project(small, at(cell)), small)


def test_recurrent_bound_clamps_a_vector_number_by_number() -> None:
    cell, remedy = Independent(), registry.load_remedy("recurrent_bound")
    u = torch.linspace(-2, 2, SIZES["H"])[None]
    kept = remedy.project({"U": u, "W": torch.ones(8, 3)}, replace(at(cell), lag=10))
    torch.testing.assert_close(kept["U"], u.clamp(-(2**0.1), 2**0.1))
    assert remedy.suits(cell, Recall()) is None


@pytest.mark.parametrize("also_input", [False, True])
@pytest.mark.parametrize(("cell_name", "name"), [("rnn", "U"), ("lstm", "U"), ("jordan", "V")])
def test_max_norm_bounds_rows(cell_name: str, name: str, also_input: bool) -> None:
    cell = registry.load_cell(cell_name)
    remedy = registry.load_remedy("max_norm", {"limit": 0.7, "also_input": also_input})
    weights = after_random_updates(remedy, cell, 50)
    assert longest_row(weights[name]) <= 0.7 * (1 + 1e-5)
    assert (longest_row(weights["W"]) <= 0.7 * (1 + 1e-5)) == also_input
    assert longest_row(weights["W_out"]) > 0.7
    raw = draw(cell)
    short = raw[name].square().sum(-1).sqrt() <= 0.7
    kept = remedy.project(raw, at(cell))[name]
    assert torch.equal(kept[short], raw[name][short])
    torch.testing.assert_close(kept[~short], 0.7 * torch.nn.functional.normalize(raw[name])[~short])


def test_max_norm_bounds_every_number_of_a_vector() -> None:
    cell, remedy = Independent(), registry.load_remedy("max_norm", {"limit": 0.5})
    kept = remedy.project({"U": torch.tensor([[-2.0, -0.1, 0.0, 0.3, 5.0]])}, at(cell))
    assert kept["U"].tolist() == [pytest.approx([-0.5, -0.1, 0.0, 0.3, 0.5])]


# --- together, and who does not suit whom ----------------------------------------------------

LOOP, SQUARE = "The cell has no recurrent weights.", "no square recurrent matrix"
OBJECTIONS = [
    *((name, "memoryless", 20, LOOP) for name in (*PARAMETRIZATIONS, "stiefel", "critical_init")),
    *((name, "jordan", 20, SQUARE) for name in (*PARAMETRIZATIONS, "stiefel", "critical_init")),
    ("recurrent_bound", "memoryless", 20, LOOP),
    ("recurrent_bound", "jordan", 20, SQUARE),
    ("recurrent_bound", "rnn", 0, "no lag"),
    ("max_norm", "memoryless", 20, LOOP),
    ("chrono", "rnn", 20, "no forget gate"),
    ("chrono", "lstm", 0, "no time scale"),
    ("uniform_gate", "rnn", 20, "no forget gate"),
    *((name, "lstm", 20, None) for name in (*PARAMETRIZATIONS, "stiefel", "critical_init")),
    ("max_norm", "jordan", 20, None),
    ("uniform_gate", "gru", 0, None),
    ("normalize_gradient", "memoryless", 0, None),
    ("gradient_noise", "memoryless", 0, None),
    ("adaptive_clip", "memoryless", 0, None),
]


@pytest.mark.parametrize(("name", "cell_name", "lag", "words"), OBJECTIONS)
def test_objections(name: str, cell_name: str, lag: int, words: str | None) -> None:
    objection = registry.load_remedy(name).suits(registry.load_cell(cell_name), Recall(far=lag))
    assert objection is None if words is None else words in (objection or "")


def test_chrono_with_a_time_scale_of_its_own_asks_for_no_lag() -> None:
    remedy = registry.load_remedy("chrono", {"longest": 40})
    assert remedy.suits(registry.load_cell("lstm"), Recall(far=0)) is None


ACTS: list[tuple[str, tuple[str, ...]]] = [
    ("clip_norm+chrono", ("initialize", "transform")),
    ("clip_norm+exp_map", ("initialize", "reparametrize", "transform")),
    ("spectral_norm+gradient_noise", ("reparametrize", "transform")),
    ("stiefel+adaptive_clip", ("initialize", "transform", "project")),
]


@pytest.mark.parametrize(("name", "verbs"), ACTS)
def test_parts_compose(name: str, verbs: tuple[str, ...]) -> None:
    assert registry.load_remedy(name).acts_at == verbs


def test_orthogonal_then_critical_is_a_multiple_of_an_orthogonal_matrix() -> None:
    cell = registry.load_cell("rnn")
    remedy = registry.load_remedy("orthogonal+critical_init")
    U = remedy.initialize(newborn(cell, hidden=32), at(cell))["U"]
    is_orthogonal(U / torch.linalg.matrix_norm(U, 2), 1e-5)
    assert torch.linalg.matrix_norm(U, 2) > 1.1  # tanh shrinks, so U has to stretch


def test_normalized_then_noisy_is_not_noisy_then_normalized() -> None:
    cell, grads = registry.load_cell("lstm"), gradients(5.0)
    parts = [registry.load_remedy(n) for n in ("gradient_noise", "normalize_gradient")]

    def made(*members: Remedy) -> float:
        return joint_norm(compose(*members).transform(grads, {}, at(cell)).values()).item()

    assert made(*parts) == pytest.approx(1)
    assert made(*reversed(parts)) != pytest.approx(1, abs=1e-3)
