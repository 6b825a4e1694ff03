"""What every remedy promises. Remedies are found, not listed; the promise of each stands below."""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors, joint_norm
from seqbench.cell import Cell, Param, recurrent_blocks
from seqbench.errors import InputError
from seqbench.remedy import VERBS, Remedy, Run
from seqbench.task import Task
from tests.helpers.remedies import (
    CELLS,
    SIZES,
    B,
    FreeRunning,
    Likely,
    OneStep,
    Recall,
    T,
    at,
    cells_for,
    changed,
    draw,
    every_cell,
    gradients,
    inputs,
    newborn,
    run_of,
    same,
    square_cells,
    squares,
    unrolled,
)

NAMES = registry.names("remedies")
every_remedy = pytest.mark.parametrize("name", NAMES)


@every_remedy
def test_acts_somewhere_and_none_nowhere(name: str) -> None:
    acts_at = registry.load_remedy(name).acts_at
    assert set(acts_at) <= set(VERBS)
    assert bool(acts_at) == (name != "none")


@every_remedy
def test_none_is_the_unit_of_composition(name: str) -> None:
    remedy, none = registry.load_remedy(name), registry.load_remedy("none")
    if name == "none":
        assert (remedy + none).acts_at == ()
    else:
        assert remedy + none == remedy == none + remedy


@every_remedy
@pytest.mark.parametrize("task", [Recall(), Recall(far=0), OneStep(), FreeRunning()])
def test_suits_or_says_in_a_sentence_why_not(name: str, task: Task) -> None:
    remedy = registry.load_remedy(name)
    for objection in (remedy.suits(registry.load_cell(cell), task) for cell in CELLS):
        assert objection is None or (objection[0].isupper() and objection.endswith("."))


@every_remedy
def test_verbs_keep_shapes_and_types_and_leave_alone_what_they_were_given(name: str) -> None:
    remedy = registry.load_remedy(name)
    cells = cells_for(remedy)
    assert cells, "suits no cell"
    for cell in cells:
        given = draw(cell, scale=9.0, dtype=torch.float32)
        kept = {k: v.clone() for k, v in given.items()}
        where = at(cell)
        for made in (
            remedy.initialize(given, where),
            remedy.reparametrize(given, where),
            remedy.transform(given, kept, where),
            remedy.project(given, where),
        ):
            got = {k: (v.shape, v.dtype) for k, v in made.items()}
            assert got == {k: (v.shape, v.dtype) for k, v in kept.items()}
        assert same(given, kept)


@every_remedy
def test_trials_never_talk(name: str) -> None:
    """A stack equals its trials bit for bit, and one trial's NaN stays home."""
    remedy = registry.load_remedy(name)
    suited = {type(cell).__name__: cell for cell in cells_for(remedy)}
    cell = suited.get("Rnn") or suited.get("Lstm") or [*suited.values()][0]
    params, x = draw(cell, 5, dtype=torch.float32), inputs(5).float()
    sick = {k: v.index_fill(0, torch.tensor(2), torch.nan) for k, v in params.items()}

    def after(params: Tensors, rows: list[int]) -> list[Tensor]:
        leaves = {k: v[rows].requires_grad_() for k, v in params.items()}
        penalty = remedy.penalize(leaves, run_of(cell, leaves, x[rows]), at(cell))
        where = at(cell)
        parts = [remedy.transform(leaves, leaves, where), remedy.project(leaves, where)]
        parts = parts if name != "none" else []
        return [p.detach() for part in parts for p in part.values()] + (
            [] if penalty is None else [penalty.detach()]
        )

    together = after(sick, [0, 1, 2, 3, 4])
    alone = after(params, [1, 3])
    assert all(torch.equal(a[[1, 3]], b) for a, b in zip(together, alone, strict=True))


@every_remedy
def test_the_docstring_is_the_card(name: str) -> None:
    card = registry.card("remedies", name)
    assert card.title and any(mark in card.doc for mark in (" <- ", " -> ", " = ", "loss + "))
    assert "\nGradient: " in card.doc and "\nNot " in card.doc
    assert card.sources
    assert len(card.path.read_text().splitlines()) <= 60


def test_clip_norm_bounds_the_joint_norm_and_keeps_the_direction() -> None:
    remedy, grads = registry.load_remedy("clip_norm", {"limit": 0.5}), gradients(0.1, 0.49, 3, 1e9)
    clipped = remedy.transform(grads, {}, at(registry.load_cell("lstm")))
    assert joint_norm(clipped.values()).tolist() == pytest.approx([0.1, 0.49, 0.5, 0.5])
    for name, g in grads.items():
        assert torch.equal(clipped[name][:2], g[:2])  # below the limit: not one bit changes
        torch.testing.assert_close(clipped[name][2], g[2] * (0.5 / 3))


def test_clip_norm_leaves_a_zero_gradient_alone() -> None:
    zero = {k: torch.zeros_like(g) for k, g in gradients(1.0).items()}
    cell = registry.load_cell("lstm")
    assert same(registry.load_remedy("clip_norm").transform(zero, {}, at(cell)), zero)


def test_clip_value_bounds_every_number_and_leaves_small_ones() -> None:
    remedy, grads = registry.load_remedy("clip_value", {"limit": 0.01}), gradients(1.0, 100.0)
    clipped = remedy.transform(grads, {}, at(registry.load_cell("lstm")))
    for name, g in grads.items():
        small = g.abs() <= 0.01
        assert torch.equal(clipped[name][small], g[small])
        assert torch.equal(clipped[name][~small], 0.01 * g[~small].sign())


@pytest.mark.parametrize("also_input", [False, True])
@pytest.mark.parametrize("cell_name", ["rnn", "lstm", "gru"])
def test_freeze_recurrent_keeps_the_loop_and_nothing_else(cell_name: str, also_input: bool) -> None:
    cell = registry.load_cell(cell_name)
    remedy = registry.load_remedy("freeze_recurrent", {"also_input": also_input})
    grads = draw(cell)
    left = remedy.transform(grads, {}, at(cell))
    still = {name for name, g in left.items() if not g.any()}
    assert still == ({"U", "W"} if also_input else {"U"})
    assert all(torch.equal(left[name], grads[name]) for name in left.keys() - still)


@pytest.mark.parametrize("cell_name", ["rnn", "jordan", "lstm", "gru"])
@pytest.mark.parametrize(("steps", "horizon"), [(9, 1), (9, 3), (9, 4), (9, 8), (9, 9), (9, 20)])
def test_truncate_reaches_exactly_the_last_inputs(cell_name: str, steps: int, horizon: int) -> None:
    cell, remedy = registry.load_cell(cell_name), registry.load_remedy("truncate")
    remedy = replace(remedy, horizon=horizon)
    x = inputs(steps=steps).requires_grad_()
    last = unrolled(cell, draw(cell), x, remedy)[-1][0]
    (grad,) = torch.autograd.grad(last.square().sum(), x)
    reached = grad.flatten(1).any(1).tolist()
    assert reached == [steps - t <= horizon for t in range(steps)]


@pytest.mark.parametrize("cell_name", ["rnn", "lstm"])
def test_truncate_leaves_the_states_alone(cell_name: str) -> None:
    cell, params, x = registry.load_cell(cell_name), draw(registry.load_cell(cell_name)), inputs()
    cut = unrolled(cell, params, x, registry.load_remedy("truncate", {"horizon": 2}))
    whole = unrolled(cell, params, x, Remedy())
    for one, other in zip(cut, whole, strict=True):
        assert all(map(torch.equal, one, other))


def test_truncate_inside_the_horizon_is_the_full_gradient() -> None:
    cell, x = registry.load_cell("gru"), inputs().requires_grad_()
    params = draw(cell)

    def gradient(remedy: Remedy) -> Tensor:
        last = unrolled(cell, params, x, remedy)[-1][0]
        return torch.autograd.grad(last.sum(), x)[0]

    cut = gradient(registry.load_remedy("truncate", {"horizon": 4}))
    assert torch.equal(cut[-4:], gradient(Remedy())[-4:])


def objective(remedy: Remedy, cell: Cell, x: Tensor) -> Callable[[Tensors], Tensor]:
    def penalty(params: Tensors) -> Tensor:
        value = remedy.penalize(params, run_of(cell, params, x), at(cell))
        assert value is not None
        return value

    return penalty


def plain_norm(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
    leaves = {k: v.detach().requires_grad_() for k, v in params.items()}
    loss = run_of(cell, leaves, x).loss
    return joint_norm(torch.autograd.grad(loss.sum(), list(leaves.values())))


def test_a_lazy_gradient_penalty_pulls_rarely_and_as_much_on_average() -> None:
    cell, x = registry.load_cell("rnn"), inputs(steps=2)
    params = {k: v.requires_grad_() for k, v in draw(cell).items()}
    loss = x.square().mean() * sum(v.square().sum() for v in params.values())
    run = Run([], loss, x, B)

    def pull(step: int, **knobs: int) -> Tensor | None:
        remedy = registry.load_remedy("gradient_penalty", {"weight": 0.7, **knobs})
        return remedy.penalize(params, run, replace(at(cell), step=step))

    assert [pull(step, every=3) is None for step in range(4)] == [False, True, True, False]
    torch.testing.assert_close(pull(3, every=3), 3 * pull(3))


@every_cell
@pytest.mark.parametrize("limit", [0.0, 0.05])
def test_gradient_penalty_and_its_own_gradient(cell_name: str, limit: float) -> None:
    cell, x = registry.load_cell(cell_name), inputs(steps=2)
    remedy = registry.load_remedy("gradient_penalty", {"weight": 0.7, "limit": limit})
    params = {k: v.requires_grad_() for k, v in draw(cell).items()}
    penalty = objective(remedy, cell, x)
    norm = plain_norm(cell, params, x)
    assert norm > limit
    torch.testing.assert_close(penalty(params), 0.7 * (norm - limit) ** 2)
    assert torch.autograd.gradcheck(
        lambda *weights: penalty(dict(zip(params, weights, strict=True))),
        tuple(params.values()),
        fast_mode=True,
    )


@pytest.mark.parametrize(
    "knobs", [{"weight": 0.0}, {"limit": 1e3}, {"weight": 0.0, "limit": 0.0}], ids=str
)
def test_gradient_penalty_costs_nothing_below_its_limit_or_at_weight_0(
    knobs: dict[str, object],
) -> None:
    cell, x = registry.load_cell("rnn"), inputs(3)
    leaves = {k: v.requires_grad_() for k, v in draw(cell, 3).items()}
    penalty = objective(registry.load_remedy("gradient_penalty", knobs), cell, x)(leaves)
    assert penalty.tolist() == pytest.approx([0, 0, 0], abs=1e-12)
    grads = torch.autograd.grad(penalty.sum(), list(leaves.values()), materialize_grads=True)
    assert not any(g.any() for g in grads)


@pytest.mark.parametrize("limit", [0.0, 1.0])
def test_gradient_penalty_of_a_vanished_gradient_is_a_number(limit: float) -> None:
    cell, x = registry.load_cell("rnn"), inputs()
    leaves = {k: torch.zeros_like(v).requires_grad_() for k, v in draw(cell).items()}
    run = run_of(cell, leaves, x)
    run = replace(run, loss=run.loss * 0)  # a loss that asks for nothing
    remedy = registry.load_remedy("gradient_penalty", {"limit": limit})
    penalty = remedy.penalize(leaves, run, at(cell))
    grads = torch.autograd.grad(penalty, list(leaves.values()), materialize_grads=True)
    assert penalty.item() == pytest.approx(0, abs=1e-12)
    assert all(g.isfinite().all() for g in grads)


@pytest.mark.parametrize(("cell_name", "name"), [("rnn", "U"), ("lstm", "U"), ("jordan", "V")])
@pytest.mark.parametrize("power", [1, 2])
def test_weight_penalty_adds_up_the_loop_and_nothing_else(
    cell_name: str, name: str, power: int
) -> None:
    cell, x = registry.load_cell(cell_name), inputs(3)
    leaves = {k: v.requires_grad_() for k, v in draw(cell, 3).items()}
    remedy = registry.load_remedy("weight_penalty", {"weight": 0.3, "power": power})
    penalty = objective(remedy, cell, x)(leaves)
    by_hand = 0.3 * (np.abs(leaves[name].detach().numpy()) ** power).sum((1, 2))
    np.testing.assert_allclose(penalty.detach().numpy(), by_hand, rtol=1e-12)
    grads = torch.autograd.grad(penalty.sum(), list(leaves.values()), materialize_grads=True)
    pulled = {k for k, g in zip(leaves, grads, strict=True) if g.any()}
    assert pulled == {name}


@square_cells
def test_orthogonal_blocks_change_no_length(cell_name: str) -> None:
    cell = registry.load_cell(cell_name)
    before = newborn(cell, hidden=24)
    after = registry.load_remedy("orthogonal", {"gain": 1.5}).initialize(before, at(cell))
    assert changed(before, after) == squares(cell)
    blocks = recurrent_blocks(cell, after)
    for block in blocks:
        torch.testing.assert_close(
            block @ block.mT, 1.5**2 * torch.eye(len(block)), atol=1e-5, rtol=0
        )
    assert len({block[0, 0].item() for block in blocks}) == len(blocks)  # each its own draw


def test_orthogonal_matrices_are_drawn_without_preference() -> None:
    """The mean of Haar-distributed matrices is 0; without the signs the diagonal leans."""
    cell, remedy = registry.load_cell("rnn"), registry.load_remedy("orthogonal")
    spot, n = at(cell), 200
    drawn = torch.stack([remedy.initialize(newborn(cell), spot)["U"] for _ in range(n)])
    error = (1 / SIZES["H"] / n) ** 0.5  # an entry's variance is 1 / H
    assert drawn.mean(0).abs().max() < 4.5 * error


@square_cells
@pytest.mark.parametrize("radius", [0.5, 0.9, 1.3])
def test_spectral_radius_is_exact_by_eigenvalues(cell_name: str, radius: float) -> None:
    cell = registry.load_cell(cell_name)
    before = newborn(cell, hidden=24)
    remedy = registry.load_remedy("spectral_radius", {"radius": radius})
    after = remedy.initialize(before, at(cell))
    assert changed(before, after) == squares(cell)
    for old, new in zip(recurrent_blocks(cell, before), recurrent_blocks(cell, after), strict=True):
        assert np.abs(np.linalg.eigvals(new.numpy())).max() == pytest.approx(radius, abs=1e-4)
        torch.testing.assert_close(new / new.norm(), old / old.norm())  # a rescaling only


@pytest.mark.parametrize(("cell_name", "name"), [("rnn", "U"), ("lstm", "U"), ("jordan", "V")])
def test_small_init_scales_the_loop_and_nothing_else(cell_name: str, name: str) -> None:
    cell = registry.load_cell(cell_name)
    before = newborn(cell)
    after = registry.load_remedy("small_init", {"scale": 0.2}).initialize(before, at(cell))
    assert changed(before, after) == {name}
    torch.testing.assert_close(after[name], 0.2 * before[name])


def test_identity_keeps_the_state_of_a_relu_network() -> None:
    cell = registry.load_cell("rnn", {"activation": "relu"})
    before = newborn(cell)
    after = registry.load_remedy("identity").initialize(before, at(cell))
    assert changed(before, after) == {"U"}
    h = torch.rand(B, SIZES["H"])
    assert torch.equal(cell.step(after, (h,), torch.zeros(B, SIZES["I"]))[0], h)
    half = registry.load_remedy("identity", {"scale": 0.5}).initialize(before, at(cell))
    assert torch.equal(half["U"], torch.eye(SIZES["H"]) / 2)


@pytest.mark.parametrize(
    ("cell_name", "block"),
    [("lstm", 1), ("lstm_peephole", 1), ("gru", 1), ("gru_reset_after", 1)],
)
def test_forget_bias_sets_one_block(cell_name: str, block: int) -> None:
    cell = registry.load_cell(cell_name)
    before = newborn(cell)
    after = registry.load_remedy("forget_bias", {"value": 2.0}).initialize(before, at(cell))
    assert changed(before, after) == {"b"}
    blocks = after["b"].chunk(len(cell.gates), -1)
    assert [b.unique().tolist() for b in blocks] == [
        [2.0] if j == block else [0.0] for j in range(len(blocks))
    ]


@pytest.mark.parametrize("cell_name", ["lstm", "lstm_peephole", "gru", "gru_reset_after"])
def test_a_large_forget_bias_makes_the_cell_hold_on(cell_name: str) -> None:
    """The sign is right: with a bias of 30 the state stays as it is, with -30 it goes."""
    cell = registry.load_cell(cell_name)
    past = tuple(torch.full((B, SIZES["H"]), 0.5) for _ in cell.state)
    kept = {}
    for value in (30.0, -30.0):
        params = registry.load_remedy("forget_bias", {"value": value}).initialize(
            {k: torch.zeros_like(v) for k, v in newborn(cell).items()}, at(cell)
        )
        kept[value] = cell.step(params, past, torch.zeros(B, SIZES["I"]))[-1]
    torch.testing.assert_close(kept[30.0], past[-1])
    torch.testing.assert_close(kept[-30.0], torch.zeros_like(past[-1]))


def test_forget_bias_follows_the_sign_that_a_cell_declares() -> None:
    class Contrary(type(registry.load_cell("gru"))):
        forget: ClassVar[dict[str, int]] = {"r": -1}

    cell = Contrary()
    after = registry.load_remedy("forget_bias").initialize(newborn(cell), at(cell))
    assert after["b"].chunk(3, -1)[0].unique().tolist() == [-1.0]
    assert not after["b"][:, SIZES["H"] :].any()


def regression(seed: int, n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    features = random.normal(size=(n, SIZES["H"])) @ random.normal(size=(SIZES["H"], SIZES["H"]))
    targets = features[:, : SIZES["O"]] + 3 + random.normal(size=(n, SIZES["O"]))
    return features, targets


def lstsq(features: np.ndarray, targets: np.ndarray, a: float) -> np.ndarray:
    """Ridge regression as ordinary least squares with a row more for every penalized weight."""
    n, h = features.shape
    rows = np.hstack([np.sqrt(a * n) * np.eye(h), np.zeros((h, 1))])
    Z = np.vstack([np.hstack([features, np.ones((n, 1))]), rows])
    Y = np.vstack([targets, np.zeros((h, targets.shape[1]))])
    return np.linalg.lstsq(Z, Y, rcond=None)[0].T


@pytest.mark.parametrize("a", [1e-6, 1e-2, 1.0])
def test_ridge_readout_equals_least_squares_with_added_rows(a: float) -> None:
    remedy = registry.load_remedy("ridge_readout", {"lambdas": (a,)})
    problems = [regression(seed) for seed in range(3)]
    H, Y = (torch.tensor(np.array(part)) for part in zip(*problems, strict=True))
    W_out, b_out = remedy.solve(H, Y, torch.ones(H.shape[:-1]), lambda W, b: torch.zeros(3))
    assert (W_out.dtype, W_out.shape, b_out.shape) == (torch.float64, (3, 2, 8), (3, 1, 2))
    for row, problem in enumerate(problems):
        solution = np.hstack([W_out[row].numpy(), b_out[row].numpy().T])
        np.testing.assert_allclose(solution, lstsq(*problem, a), rtol=1e-7, atol=1e-9)


def test_ridge_readout_means_the_same_for_any_amount_of_data() -> None:
    remedy = registry.load_remedy("ridge_readout", {"lambdas": (0.1,)})
    H, Y = map(torch.tensor, regression(0))
    once = remedy.solve(H, Y, torch.ones(H.shape[:-1]), lambda W, b: W.new_zeros(()))
    twice = remedy.solve(
        H.repeat(2, 1), Y.repeat(2, 1), torch.ones(2 * len(H)), lambda W, b: W.new_zeros(())
    )
    torch.testing.assert_close(once, twice)


def test_ridge_readout_counts_an_answer_by_its_weight() -> None:
    remedy = registry.load_remedy("ridge_readout", {"lambdas": (0.1,)})
    H, Y = map(torch.tensor, regression(0))
    twice = torch.arange(len(H)) % 3  # 0, 1 or 2 of every row
    weighted = remedy.solve(H, Y, twice, lambda W, b: W.new_zeros(()))
    rows = torch.repeat_interleave(torch.arange(len(H)), twice)
    repeated = remedy.solve(H[rows], Y[rows], torch.ones(len(rows)), lambda W, b: W.new_zeros(()))
    torch.testing.assert_close(weighted, repeated)


def test_ridge_readout_takes_each_trials_best_on_validation() -> None:
    lambdas = (1e-6, 1e-2, 1.0)
    remedy = registry.load_remedy("ridge_readout", {"lambdas": lambdas})
    features, targets = regression(0)
    H, Y = (torch.tensor(part).expand(3, -1, -1) for part in (features, targets))
    goals = [lstsq(features, targets, a) for a in (1.0, 1e-6, 1e-2)]

    def check(W: Tensor, b: Tensor) -> Tensor:
        solution = torch.cat([W, b.mT], -1)
        return (solution - torch.tensor(np.array(goals))).abs().flatten(-2).sum(-1)

    W_out, b_out = remedy.solve(H, Y, torch.ones(H.shape[:-1]), check)
    for row, goal in enumerate(goals):
        np.testing.assert_allclose(np.hstack([W_out[row], b_out[row].T]), goal, rtol=1e-6)


def test_ridge_readout_keeps_a_diverged_reservoir_to_itself() -> None:
    remedy = registry.load_remedy("ridge_readout")
    H, Y = (torch.tensor(part).expand(3, -1, -1).clone() for part in regression(0))

    def check(W: Tensor, b: Tensor) -> Tensor:
        return (H @ W.mT + b - Y).square().flatten(-2).mean(-1)

    healthy = remedy.solve(H, Y, torch.ones(H.shape[:-1]), check)
    H[1] = torch.nan
    sick = remedy.solve(H, Y, torch.ones(H.shape[:-1]), check)
    for one, other in zip(sick, healthy, strict=True):
        assert torch.equal(one[[0, 2]], other[[0, 2]])
        assert one[1].isnan().all()


@pytest.mark.parametrize("lambdas", [(), (0.0, 1.0), (-1.0,)])
def test_ridge_readout_refuses_penalties_that_cannot_be(lambdas: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="lambdas is .* Allowed: .* Change the value"):
        registry.load_remedy("ridge_readout", {"lambdas": lambdas})


LOOP = "The cell has no recurrent weights."


OBJECTIONS = [
    ("truncate", "rnn", OneStep(), "nothing to cut"),
    ("truncate", "rnn", Recall(far=0), "nothing to cut"),
    ("truncate", "memoryless", Recall(), "nothing to cut"),
    ("small_init", "memoryless", Recall(), LOOP),
    ("weight_penalty", "memoryless", Recall(), LOOP),
    ("freeze_recurrent", "memoryless", Recall(), LOOP),
    ("orthogonal", "memoryless", Recall(), LOOP),
    ("orthogonal", "jordan", Recall(), "no square recurrent matrix"),
    ("spectral_radius", "jordan", Recall(), "no square recurrent matrix"),
    ("identity", "jordan", Recall(), "no square recurrent matrix"),
    ("identity", "lstm", Recall(), "has gates"),
    ("identity", "gru", Recall(), "has gates"),
    ("forget_bias", "rnn", Recall(), "no forget gate"),
    ("freeze_recurrent", "jordan", Recall(), "through the readout"),
    ("ridge_readout", "jordan", Recall(), "through the readout"),
    ("ridge_readout", "rnn", FreeRunning(), "its own outputs"),
    ("ridge_readout", "rnn", Likely(), "scores probabilities"),
    ("clip_norm+orthogonal", "memoryless", Recall(), LOOP),
    ("truncate", "jordan", Recall(), None),
    ("small_init", "jordan", Recall(), None),
    ("weight_penalty", "jordan", Recall(), None),
    ("orthogonal", "lstm", Recall(), None),
    ("identity", "rnn", Recall(), None),
    ("forget_bias", "gru", Recall(), None),
    ("ridge_readout", "memoryless", Recall(), None),
    ("spectral_radius+ridge_readout", "lstm", Recall(), None),
]


@pytest.mark.parametrize(("name", "cell_name", "task", "words"), OBJECTIONS)
def test_objections(name: str, cell_name: str, task: Task, words: str | None) -> None:
    objection = registry.load_remedy(name).suits(registry.load_cell(cell_name), task)
    assert objection is None if words is None else words in (objection or "")


def test_a_composition_does_what_its_parts_do() -> None:
    name = "clip_norm+orthogonal+weight_penalty+truncate"
    remedy = registry.load_remedy(name, {"clip_norm": {"limit": 0.1}, "truncate": {"horizon": 2}})
    assert remedy.acts_at == ("initialize", "carry", "penalize", "transform")
    cell = registry.load_cell("rnn")
    U = remedy.initialize(newborn(cell), at(cell))["U"]
    torch.testing.assert_close(U @ U.mT, torch.eye(SIZES["H"]), atol=1e-5, rtol=0)
    clipped = remedy.transform(draw(cell), {}, at(cell))
    assert joint_norm(clipped.values()).item() == pytest.approx(0.1)
    x = inputs().requires_grad_()
    (grad,) = torch.autograd.grad(unrolled(cell, draw(cell), x, remedy)[-1][0].sum(), x)
    assert grad.flatten(1).any(1).tolist() == [t >= T - 2 for t in range(T)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("clip_norm+ridge_readout", "solved, not trained"),
        ("ridge_readout+weight_penalty", "solved, not trained"),
        ("exp_map+cayley", "exclude each other"),
        ("exp_map+stiefel", "not the matrix"),
        ("stiefel+ridge_readout", None),
        ("exp_map+ridge_readout", None),
        ("exp_map+clip_norm", None),
    ],
)
def test_a_composition_refuses_parts_that_cancel_each_other(name: str, words: str | None) -> None:
    objection = registry.load_remedy(name).suits(registry.load_cell("rnn"), Recall())
    assert objection is None if words is None else words in (objection or "")


def test_penalties_add() -> None:
    cell, x = registry.load_cell("rnn"), inputs(2)
    params = {k: v.requires_grad_() for k, v in draw(cell, 2).items()}
    one, other, both = (
        objective(registry.load_remedy(name), cell, x)(params)
        for name in ("gradient_penalty", "weight_penalty", "gradient_penalty+weight_penalty")
    )
    torch.testing.assert_close(both, one + other)


def test_transforms_happen_in_order() -> None:
    cell, grads = registry.load_cell("rnn"), draw(registry.load_cell("rnn"))
    first, then = registry.load_remedy("clip_norm"), registry.load_remedy("clip_value")
    both = registry.load_remedy("clip_norm+clip_value").transform(grads, {}, at(cell))
    assert same(both, then.transform(first.transform(grads, {}, at(cell)), {}, at(cell)))
    other = registry.load_remedy("clip_value+clip_norm").transform(grads, {}, at(cell))
    assert not same(both, other)


def test_an_echo_state_network_is_two_remedies() -> None:
    """A reservoir knows what was said a step before; the same units without a loop do not."""
    assert echo_error("rnn") < 0.05
    assert echo_error("memoryless") > 0.8


def echo_error(cell_name: str) -> float:
    """Mean squared error of recalling the last input; its variance is 1."""
    cell = registry.load_cell(cell_name)
    remedy = registry.load_remedy("spectral_radius+ridge_readout")
    assert remedy.acts_at == ("initialize", "solve")
    params = {
        k: v.double() for k, v in remedy.initialize(newborn(cell, hidden=40), at(cell)).items()
    }
    stream = torch.Generator().manual_seed(3)
    x = torch.randn(400, 1, 3, generator=stream, dtype=torch.float64)
    h = torch.stack([state[0] for state in unrolled(cell, params, x, Remedy())])[1:, 0]
    past = x[:-1, 0, :1]

    def check(W: Tensor, b: Tensor) -> Tensor:
        return (h @ W.mT + b - past).square().mean()

    return check(*remedy.solve(h, past, torch.ones(len(h)), check)).item()


def test_a_cell_with_a_recurrent_vector_has_a_loop_but_no_square() -> None:
    class Independent(Cell):
        def params(self) -> dict[str, Param]:
            return super().params() | {"U": Param("1", "H", "recurrent")}

    cell = Independent()
    assert registry.load_remedy("small_init").suits(cell, Recall()) is None
    objection = registry.load_remedy("orthogonal").suits(cell, Recall())
    assert objection and "no square recurrent matrix" in objection
