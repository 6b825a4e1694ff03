"""What the remedies between steps and in the loss promise, measured."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from reservoirpy.nodes import Reservoir
from torch import Tensor

from seqbench import registry
from seqbench.axes import State, Tensors, joint_norm
from seqbench.cell import Cell, recurrent_blocks
from seqbench.engine.streams import RowNoise
from seqbench.errors import InputError
from seqbench.remedy import Remedy, Run
from seqbench.task import Task
from tests.helpers.remedies import (
    SIZES,
    B,
    Likely,
    OneStep,
    Recall,
    T,
    at,
    draw,
    inputs,
    newborn,
    run_of,
    same,
    unrolled,
)
from tests.helpers.training import bench, train, trial

H = SIZES["H"]
STEPS = 4  # of the short sequences on which every number is checked


def made(name: str, **knobs: object) -> Remedy:
    return registry.load_remedy(name, knobs)


def last(cell: Cell, params: Tensors, x: Tensor, remedy: Remedy) -> list[State]:
    """The states of a pass under the remedy, every part of them a node that may be asked for."""
    return unrolled(cell, {k: v.requires_grad_() for k, v in params.items()}, x, remedy)


def handed_back(cell: Cell, params: Tensors, x: Tensor, remedy: Remedy) -> list[Tensor]:
    """Joint norm of what a loss at the last step hands back to every step before: T - 1 of (...)"""
    states = last(cell, params, x, remedy)
    parts = [part for state in states[:-1] for part in state]
    loss = states[-1][0].square().flatten(-2).sum(-1)
    grads = iter(torch.autograd.grad(loss.sum(), parts, materialize_grads=True))
    return [joint_norm([next(grads) for _ in state]) for state in states[:-1]]


def gradients(cell: Cell, params: Tensors, x: Tensor, remedy: Remedy) -> list[Tensor]:
    leaves = {k: v.detach().requires_grad_() for k, v in params.items()}
    final = unrolled(cell, leaves, x, remedy)[-1][0]
    return list(torch.autograd.grad(final.square().sum(), leaves.values(), allow_unused=True))


def equal(one: list[Tensor], other: list[Tensor]) -> bool:
    pairs = zip(one, other, strict=True)
    return all(a is b if a is None else torch.equal(a, b) for a, b in pairs)


# --- between steps ---------------------------------------------------------------------------

BETWEEN = [
    ("clip_through_time", {"limit": 1e9}),
    ("h_detach", {"probability": 0.0}),
    ("zoneout", {"hidden": 0.0, "memory": 0.0}),
    ("recurrent_dropout", {"rate": 0.0}),
    ("skip", {"share": 0.0, "steps": 2}),
    ("skip", {"steps": T + 1}),
    ("leaky", {"rate": 1.0}),
]


@pytest.mark.parametrize(("name", "off"), BETWEEN)
@pytest.mark.parametrize("cell_name", ["rnn", "lstm", "gru", "jordan"])
def test_switched_off_it_changes_not_one_bit(cell_name: str, name: str, off: dict) -> None:
    cell, remedy = registry.load_cell(cell_name), made(name, **off)
    params, x = draw(cell, 2), inputs(2)
    for ours, plain in zip(
        unrolled(cell, params, x, remedy), unrolled(cell, params, x, Remedy()), strict=True
    ):
        assert all(map(torch.equal, ours, plain))
    assert equal(gradients(cell, params, x, remedy), gradients(cell, params, x, Remedy()))


@pytest.mark.parametrize("limit", [0.1, 1.0])
@pytest.mark.parametrize("cell_name", ["rnn", "lstm", "jordan"])
def test_clip_through_time_bounds_what_every_step_hands_back(cell_name: str, limit: float) -> None:
    cell = registry.load_cell(cell_name, {"activation": "relu"} if cell_name == "rnn" else {})
    params, x = draw(cell, 3, scale=1.0), inputs(3)
    wild = handed_back(cell, params, x, Remedy())
    tame = handed_back(cell, params, x, made("clip_through_time", limit=limit))
    assert max(norm.max() for norm in wild) > 1.5 * limit  # there is something to bound
    assert all((norm <= limit * (1 + 1e-12)).all() for norm in tame)
    first = torch.minimum(wild[-1], torch.tensor(limit, dtype=torch.float64))
    torch.testing.assert_close(tame[-1], first)  # no shorter than it must be


def test_clip_through_time_keeps_the_direction_over_all_parts_together() -> None:
    cell, x = registry.load_cell("lstm"), inputs(steps=2)

    def pulls(remedy: Remedy) -> Tensor:
        (h, c), (final, _) = last(cell, draw(cell), x, remedy)
        return torch.cat([g.flatten() for g in torch.autograd.grad(final.sum(), [h, c])])

    whole, bounded = pulls(Remedy()), pulls(made("clip_through_time", limit=0.2))
    torch.testing.assert_close(bounded, whole * (0.2 / whole.norm()))


def test_clip_through_time_can_be_differentiated_again() -> None:
    remedy, cell = made("clip_through_time", limit=0.5), registry.load_cell("lstm")
    parts = [torch.randn(B, H, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    handed = remedy.carry((), tuple(parts), 1, at(cell))

    def back(*pulls: Tensor) -> tuple[Tensor, ...]:
        return torch.autograd.grad(handed, parts, pulls, create_graph=True)

    for scale in (1.0, 1e-3):
        stream = torch.Generator().manual_seed(3)
        pulls = [scale * torch.randn(B, H, generator=stream, dtype=torch.float64) for _ in parts]
        assert torch.autograd.gradcheck(back, [p.requires_grad_() for p in pulls])
    zero = [torch.zeros(B, H, dtype=torch.float64, requires_grad=True) for _ in parts]
    again = torch.autograd.grad(sum(g.sum() for g in back(*zero)), zero)
    assert all(g.isfinite().all() for g in again)


def test_clip_through_time_goes_with_a_gradient_penalty() -> None:
    cell, x = registry.load_cell("rnn"), inputs(2)
    params = {k: v.requires_grad_() for k, v in draw(cell, 2).items()}

    def pulled(name: str, limit: float) -> list[Tensor]:
        remedy = registry.load_remedy(name, {"clip_through_time": {"limit": limit}})
        states = unrolled(cell, params, x, remedy)
        loss = states[-1][0].square().flatten(-2).mean(-1)
        penalty = remedy.penalize(params, Run(states, loss, x, B), at(cell))
        return list(torch.autograd.grad(penalty.sum(), params.values(), materialize_grads=True))

    plain = made("gradient_penalty", limit=0.0)
    states = unrolled(cell, params, x, plain)
    run = Run(states, states[-1][0].square().flatten(-2).mean(-1), x, B)
    by_itself = torch.autograd.grad(
        registry.load_remedy("gradient_penalty").penalize(params, run, at(cell)).sum(),
        params.values(),
        materialize_grads=True,
    )
    assert equal(pulled("clip_through_time+gradient_penalty", 1e9), list(by_itself))
    tight = pulled("clip_through_time+gradient_penalty", 1e-3)
    assert all(g.isfinite().all() for g in tight)


def test_clip_through_time_leaves_parts_without_a_gradient_alone() -> None:
    clock, h = torch.ones(B, 1), torch.ones(B, H, requires_grad=True)
    remedy = made("clip_through_time")
    handed = remedy.carry((), (h, clock), 1, at(registry.load_cell("rnn")))
    assert handed[1] is clock and handed[0].requires_grad
    assert remedy.carry((), (clock,), 1, at(registry.load_cell("rnn"))) == (clock,)


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


def zoned(cell_name: str, training: bool = True, n: int = 1, **knobs: float) -> list[State]:
    """n times: the state after one step from an old state of ones to a new one of minus ones."""
    cell, where = registry.load_cell(cell_name), at(registry.load_cell(cell_name))
    old = tuple(torch.ones(B, H, dtype=torch.float64) for _ in cell.state)
    new = tuple(-part for part in old)
    remedy, where = made("zoneout", **knobs), replace(where, training=training)
    return [remedy.advance([old], new, where) for _ in range(n)]


def test_zoneout_keeps_the_share_of_each_part() -> None:
    n = 500
    for part, p in ((0, 0.1), (1, 0.4)):
        states = torch.stack([s[part] for s in zoned("lstm", n=n, hidden=0.1, memory=0.4)])
        assert set(states.unique().tolist()) == {1.0, -1.0}
        kept = (states == 1).double()
        assert abs(kept.mean().item() - p) < 4.5 * (p * (1 - p) / kept.numel()) ** 0.5
        per_unit = (p * (1 - p) / n) ** 0.5  # every unit of every sequence by itself
        assert (kept.mean(0) - p).abs().max() < 5 * per_unit


def test_zoneout_while_testing_is_its_mean_while_training() -> None:
    n = 2000
    trained = zoned("gru", n=n, hidden=0.3)
    (tested,), *_ = zoned("gru", training=False, hidden=0.3)
    mean = torch.stack([h for (h,) in trained]).mean(0)
    torch.testing.assert_close(tested, torch.full_like(tested, 0.3 - 0.7))
    assert (mean - tested).abs().max() < 5 * 2 * (0.3 * 0.7 / n) ** 0.5


def test_zoneout_mixes_memory_and_nothing_else() -> None:
    h, c = zoned("jordan", hidden=1.0, memory=1.0)[0]
    assert (h == -1).all() and (c == 1).all()
    h, c = zoned("lstm", hidden=1.0, memory=0.0)[0]
    assert (h == 1).all() and (c == -1).all()


def test_zoneout_passes_the_gradient_of_a_kept_unit_unchanged() -> None:
    cell, x = registry.load_cell("gru"), inputs()
    states = last(cell, draw(cell), x, made("zoneout", hidden=1.0))
    (grad,) = torch.autograd.grad(states[-1][0].sum(), states[0][0])
    assert (grad == 1).all()


def test_recurrent_dropout_holds_one_mask_over_all_steps_on_the_way_to_the_next_only() -> None:
    cell, x, remedy = registry.load_cell("lstm"), inputs(), made("recurrent_dropout", rate=0.4)
    where = at(cell)
    masks = []
    for _ in range(3):
        new = (torch.randn(B, H) + 9, torch.randn(B, H))
        h, c = remedy.carry((), new, 1, where)
        assert c is new[1]
        masks.append(h / new[0])
    kept = masks[0] > 0
    torch.testing.assert_close(masks[0], kept / 0.6)
    assert all(torch.equal(m > 0, kept) for m in masks)
    assert not kept.all() and not torch.equal(kept[0], kept[1])  # each sequence its own
    read = unrolled(cell, draw(cell), x, remedy)
    assert (read[-1][0] != 0).all()  # the readout sees every unit


def test_recurrent_dropout_is_right_on_average_and_off_while_testing() -> None:
    cell, remedy, n = registry.load_cell("rnn"), made("recurrent_dropout", rate=0.25), 2000
    h = torch.ones(B, H)
    drawn = []
    for seed in range(n):
        noise = RowNoise(seed, "noise/pass", 0, torch.device("cpu"))
        drawn.append(remedy.carry((), (h,), 1, replace(at(cell), noise=noise))[0])
    error = (0.25 / 0.75 / n) ** 0.5
    assert (torch.stack(drawn).mean(0) - 1).abs().max() < 5 * error
    new = (h,)
    assert remedy.carry((), new, 1, replace(at(cell), training=False)) is new


def test_recurrent_dropout_hands_no_gradient_to_a_dropped_unit() -> None:
    cell = registry.load_cell("rnn")
    h = torch.ones(B, H, requires_grad=True)
    (handed,) = made("recurrent_dropout", rate=0.5).carry((), (h,), 1, at(cell))
    (grad,) = torch.autograd.grad(handed.sum(), h)
    assert torch.equal(grad == 0, handed == 0) and (grad[grad > 0] == 2).all()


def test_recurrent_dropout_refuses_to_drop_everything() -> None:
    with pytest.raises(InputError, match="rate is 1. Allowed: .* Change the value"):
        made("recurrent_dropout", rate=1.0)


@pytest.mark.parametrize(
    ("name", "cell_name"),
    [
        ("h_detach", "lstm"),
        ("zoneout", "gru"),
        ("recurrent_dropout", "rnn"),
        ("placebo", "lstm"),
    ],
)
def test_the_same_seed_draws_the_same_noise_in_any_company(name: str, cell_name: str) -> None:
    cell, remedy = registry.load_cell(cell_name), made(name)
    params = {k: v[:1].expand(3, -1, -1) for k, v in draw(cell, 1).items()}
    x = inputs(1).expand(3, -1, -1, -1)

    def passed(seeds: list[int]) -> list[Tensor]:
        noise = RowNoise(seeds, "noise/pass", 3, torch.device("cpu"))
        where, n = replace(at(cell), noise=noise), len(seeds)
        leaves = {k: v[:n].clone().requires_grad_() for k, v in params.items()}
        state = cell.start(x[:n, 0], leaves)
        for t in range(T):
            new = remedy.advance([state], cell.step(leaves, state, x[:n, t]), where)
            state = remedy.carry(state, new, T - 1 - t, where)
        loss = state[0].square().flatten(-2).mean(-1)
        penalty = remedy.penalize(leaves, Run([state], loss, x[:n], B), where)
        aim = loss if penalty is None else loss + penalty
        return list(torch.autograd.grad(aim.sum(), leaves.values(), materialize_grads=True))

    three, two = passed([4, 8, 4]), passed([8, 4])
    assert all(torch.equal(g[0], g[2]) for g in three)
    assert all(torch.equal(g[:2].flip(0), other) for g, other in zip(three, two, strict=True))
    assert not all(torch.equal(g[0], g[1]) for g in three)


@pytest.mark.parametrize("steps", [1, 3])
def test_skip_mixes_in_the_state_of_k_steps_ago(steps: int) -> None:
    cell, x = registry.load_cell("lstm"), inputs()
    params = draw(cell)
    past = [cell.start(x[0], params)]
    for t in range(T):
        new = cell.step(params, past[-1], x[t])
        if t + 1 >= steps:
            old = past[t + 1 - steps]
            new = tuple(0.7 * n + 0.3 * o for n, o in zip(new, old, strict=True))
        past.append(new)
    ours = unrolled(cell, params, x, made("skip", steps=steps, share=0.3))
    for one, other in zip(ours, past[1:], strict=True):
        torch.testing.assert_close(one, other)


def test_skip_crosses_a_lag_in_few_factors_and_bridges_a_cut() -> None:
    cell, x = registry.load_cell("rnn"), inputs()
    params = {k: torch.zeros_like(v) if k == "U" else v for k, v in draw(cell).items()}
    remedy = made("skip", steps=4, share=0.3)

    def reached(remedy: Remedy) -> list[float]:
        states = last(cell, params, x, remedy)
        parts = [state[0] for state in states]
        grads = torch.autograd.grad(states[-1][0].sum(), parts, materialize_grads=True)
        return [g.unique().item() for g in grads]

    expected = [0.3**2, 0, 0, 0, 0.3, 0, 0, 0, 1]
    assert reached(remedy) == pytest.approx(expected)
    assert reached(remedy + made("truncate", horizon=3)) == pytest.approx(expected)


def test_parts_that_look_back_differently_far_compose() -> None:
    cell, x = registry.load_cell("rnn"), inputs()
    params = draw(cell)
    both = made("skip", steps=3, share=0.2) + made("leaky", rate=0.6)
    assert both.reach == 3
    past = [cell.start(x[0], params)[0]]
    for t in range(T):
        (h,) = cell.step(params, (past[-1],), x[t])
        h = 0.8 * h + 0.2 * past[-3] if len(past) >= 3 else h
        past.append(0.4 * past[-1] + 0.6 * h)
    torch.testing.assert_close([h for (h,) in unrolled(cell, params, x, both)], past[1:])


@pytest.mark.parametrize("rate", [0.1, 0.3, 1.0])
def test_leaky_is_the_reservoir_of_reservoirpy(rate: float) -> None:
    cell, steps = registry.load_cell("rnn"), 200
    born = newborn(cell, hidden=50)
    remedy = registry.load_remedy(
        "leaky+spectral_radius+ridge_readout",
        {"leaky": {"rate": rate}, "spectral_radius": {"radius": 0.9}},
    )
    params = {k: v.double() for k, v in remedy.initialize(born, at(cell)).items()}
    params["b"] = torch.linspace(-1, 1, 50, dtype=torch.float64)[None]
    stream = torch.Generator().manual_seed(3)
    x = torch.randn(steps, 1, 3, generator=stream, dtype=torch.float64)
    theirs = Reservoir(
        W=params["U"].numpy(), Win=params["W"].numpy(), bias=params["b"].numpy()[0], lr=rate
    ).run(x[:, 0].numpy())
    ours = np.array([state[0][0].numpy() for state in unrolled(cell, params, x, remedy)])
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)
    assert np.abs(np.linalg.eigvals(params["U"].numpy())).max() == pytest.approx(0.9, abs=1e-4)


def test_leaky_hands_back_what_it_does_not_renew() -> None:
    cell, x = registry.load_cell("jordan"), inputs()
    params = {k: torch.zeros_like(v) if k == "V" else v for k, v in draw(cell).items()}
    states = last(cell, params, x, made("leaky", rate=0.25))
    (grad,) = torch.autograd.grad(states[-1][1].sum(), states[0][1])
    torch.testing.assert_close(grad, torch.full_like(grad, 0.75 ** (T - 1)))


# --- in the loss -----------------------------------------------------------------------------


def leaves_of(cell: Cell, *front: int, scale: float = 0.5) -> Tensors:
    return {k: v.requires_grad_() for k, v in draw(cell, *front, scale=scale).items()}


def run_on(cell: Cell, params: Tensors, x: Tensor) -> Run:
    return run_of(cell, params, x.detach().requires_grad_())


def pull(penalty: Tensor, params: Tensors) -> Tensors:
    grads = torch.autograd.grad(penalty.sum(), params.values(), materialize_grads=True)
    return dict(zip(params, grads, strict=True))


def slopes_along(f: Callable[[np.ndarray], float], at_value: np.ndarray) -> np.ndarray:
    """Central differences of f in every number of its argument."""
    found = np.zeros_like(at_value)
    for index in np.ndindex(*at_value.shape):
        step = np.zeros_like(at_value)
        step[index] = 1e-6
        found[index] = (f(at_value + step) - f(at_value - step)) / 2e-6
    return found


F_AND_SLOPE: dict[str, tuple[Callable, Callable]] = {
    "tanh": (lambda z, b: np.tanh(z + b), lambda z, b: 1 - np.tanh(z + b) ** 2),
    "relu": (lambda z, b: np.maximum(z + b, 0), lambda z, b: z + b > 0),
    "sigmoid": (
        lambda z, b: 1 / (1 + np.exp(-z - b)),
        lambda z, b: np.exp(-z - b) / (1 + np.exp(-z - b)) ** 2,
    ),
    "modrelu": (
        lambda z, b: np.sign(z) * np.maximum(np.abs(z) + b, 0),
        lambda z, b: np.abs(z) + b > 0,
    ),
}


def frozen_omega(
    activation: str, params: Tensors, x: Tensor
) -> tuple[Callable[[np.ndarray], float], np.ndarray]:
    """Omega as a function of U in `back = (d f') U` alone, with h and d found at the weights given.

    Written down from the published code, in numpy, with a back-propagation of its own.
    """
    f, slope = F_AND_SLOPE[activation]
    p = {k: v.detach().numpy() for k, v in params.items()}
    h, slopes = np.zeros((B, H)), []
    for x_t in x.detach().numpy():
        z = x_t @ p["W"].T + h @ p["U"].T
        h = f(z, p["b"])
        slopes.append(slope(z, p["b"]))
    y = h @ p["W_out"].T + p["b_out"]
    d = 2 * (y - 0.3) / y.size @ p["W_out"]
    ds = []
    for s in reversed(slopes):
        ds.append(d)
        d = (d * s) @ p["U"]
    ds.reverse()

    def omega(U: np.ndarray) -> float:
        terms, counted = 0.0, 0.0
        for d, s in zip(ds, slopes, strict=True):
            num, den = (((d * s) @ U) ** 2).sum(1), (d**2).sum(1)
            asked = den >= 1e-20
            r = np.where(asked, num / np.where(asked, den, 1), 1)
            terms, counted = terms + ((r - 1) ** 2).mean(), counted + asked.mean()
        return terms / counted

    return omega, p["U"]


@pytest.mark.parametrize("activation", list(F_AND_SLOPE))
def test_omega_and_its_gradient_by_finite_differences(activation: str) -> None:
    cell, x = registry.load_cell("rnn", {"activation": activation}), inputs(steps=STEPS)
    params = leaves_of(cell)
    penalty = made("omega", weight=0.7).penalize(params, run_on(cell, params, x), at(cell))
    omega, U = frozen_omega(activation, params, x)
    assert penalty.item() == pytest.approx(0.7 * omega(U), rel=1e-9)
    pulled = pull(penalty, params)
    np.testing.assert_allclose(pulled["U"], 0.7 * slopes_along(omega, U), rtol=1e-4, atol=1e-8)
    assert {name for name, g in pulled.items() if g.any()} == {"U"}


def joint_step(cell: Cell, params: Tensors, widths: list[int], x: Tensor) -> Callable:
    """One step of one sequence as a function of the whole state in one vector."""

    def step(s: Tensor) -> Tensor:
        parts = tuple(part[None] for part in s.split(widths))
        return torch.cat([part[0] for part in cell.step(params, parts, x[None])])

    return step


def brute_omega_vjp(cell: Cell, params: Tensors, x: Tensor) -> Callable[[Tensors], float]:
    """Omega of whole Jacobians as a function of the weights in J, states and d held constant."""
    params = {k: v.detach() for k, v in params.items()}
    start = cell.start(x[0], params)
    widths = [part.shape[-1] for part in start]
    states = [torch.cat(start, -1)]
    for x_t in x:
        states.append(
            torch.stack([joint_step(cell, params, widths, x_t[b])(states[-1][b]) for b in range(B)])
        )

    def jacobian(weights: Tensors, t: int, b: int) -> Tensor:
        step = joint_step(cell, weights, widths, x[t, b])
        return torch.autograd.functional.jacobian(step, states[t][b])

    y = states[-1][:, :H] @ params["W_out"].mT + params["b_out"]
    first = torch.zeros_like(states[-1])
    first[:, :H] = 2 * (y - 0.3) / y.numel() @ params["W_out"]
    d = [first]
    for t in reversed(range(1, len(x))):
        d.append(torch.stack([d[-1][b] @ jacobian(params, t, b) for b in range(B)]))
    d.reverse()

    def omega(weights: Tensors) -> float:
        pairs = [(t, b) for t in range(len(x)) for b in range(B) if d[t][b].square().sum() >= 1e-20]
        ratios = [
            (d[t][b] @ jacobian(weights, t, b)).square().sum() / d[t][b].square().sum()
            for t, b in pairs
        ]
        return (torch.stack(ratios) - 1).square().mean().item()

    return omega


@pytest.mark.parametrize("cell_name", ["rnn", "lstm", "gru", "jordan"])
def test_omega_vjp_and_its_gradient_by_finite_differences_of_jacobians(cell_name: str) -> None:
    cell, x = registry.load_cell(cell_name), inputs(steps=STEPS)
    params = leaves_of(cell)
    penalty = made("omega_vjp", weight=0.7).penalize(params, run_on(cell, params, x), at(cell))
    omega = brute_omega_vjp(cell, params, x)
    plain = {k: v.detach() for k, v in params.items()}
    assert penalty.item() == pytest.approx(0.7 * omega(plain), rel=1e-9)
    pulled, stream = pull(penalty, params), torch.Generator().manual_seed(6)
    for name in cell.params():
        along = torch.randn(plain[name].shape, generator=stream, dtype=torch.float64)
        up, down = (omega(plain | {name: plain[name] + e * along}) for e in (1e-5, -1e-5))
        slope = (pulled[name] * along).sum().item()
        assert slope == pytest.approx(0.7 * (up - down) / 2e-5, rel=1e-4, abs=1e-8)


def test_omega_vjp_has_the_value_of_omega_and_another_gradient() -> None:
    cell, x = registry.load_cell("rnn"), inputs(3)
    params = leaves_of(cell, 3)
    run = run_on(cell, params, x)
    ours, theirs = (made(n).penalize(params, run, at(cell)) for n in ("omega_vjp", "omega"))
    torch.testing.assert_close(ours, theirs)
    ours, theirs = pull(ours, params), pull(theirs, params)
    assert ours["W"].any() and ours["b"].any()
    assert (ours["U"] - theirs["U"]).norm() > 1e-3 * theirs["U"].norm()


@pytest.mark.parametrize("name", ["omega", "omega_vjp"])
def test_omega_of_a_loss_that_asks_for_nothing_is_0(name: str) -> None:
    cell, x = registry.load_cell("rnn"), inputs(2)
    params = leaves_of(cell, 2)
    run = run_on(cell, params, x)
    for loss in (run.loss * 0, run.loss * 1e-12):
        penalty = made(name).penalize(params, replace(run, loss=loss), at(cell))
        assert penalty.tolist() == [0, 0]
        assert not any(g.any() for g in pull(penalty, params).values())


@pytest.mark.parametrize(("name", "cell_name"), [("omega", "rnn"), ("omega_vjp", "lstm")])
def test_omega_counts_only_the_steps_that_a_cut_gradient_reaches(name: str, cell_name: str) -> None:
    """With a horizon of two, the last two transitions are all that is asked for."""
    cell, x = registry.load_cell(cell_name), inputs()
    params = leaves_of(cell)
    states = unrolled(cell, params, x, made("truncate", horizon=2))
    y = states[-1][0] @ params["W_out"].mT + params["b_out"]
    run = Run(states, (y - 0.3).square().mean(), x, B)
    terms = []
    for t in (T - 2, T - 1):
        d = torch.autograd.grad(run.loss, states[t], retain_graph=True, materialize_grads=True)
        old = tuple(part.detach().requires_grad_() for part in states[t - 1])
        back = torch.autograd.grad(cell.step(params, old, x[t]), old, d)
        num, den = (sum(v.square().sum(-1) for v in vs) for vs in (back, d))
        terms.append((num / den - 1).square())
    penalty = made(name, weight=0.7).penalize(params, run, at(cell))
    torch.testing.assert_close(penalty, 0.7 * torch.stack(terms).mean())


def with_silent(x: Tensor, silent: int) -> Tensor:
    return torch.nn.functional.pad(x, (0, 0, 0, silent))


@pytest.mark.parametrize(
    ("name", "cell_name"),
    [
        ("omega", "rnn"),
        ("omega_vjp", "lstm"),
        ("norm_stabilizer", "lstm"),
        ("input_gradient_penalty", "lstm"),
        ("placebo", "lstm"),
    ],
)
def test_silent_sequences_do_not_count(name: str, cell_name: str) -> None:
    cell, x = registry.load_cell(cell_name), inputs(2)
    params = leaves_of(cell, 2)

    def penalty(silent: int) -> Tensor:
        filled = with_silent(x, silent).requires_grad_()
        states = unrolled(cell, params, filled, Remedy())
        y = states[-1][0][..., :B, :] @ params["W_out"].mT + params["b_out"]
        run = Run(states, (y - 0.3).square().flatten(-2).mean(-1), filled, B)
        return made(name).penalize(params, run, at(cell))

    one, other = penalty(0), penalty(5)
    torch.testing.assert_close(one, other)
    torch.testing.assert_close(pull(one, params), pull(other, params))


@pytest.mark.parametrize(
    ("name", "cell_name", "scale"),
    [("omega", "rnn", 0.1), ("omega", "rnn", 0.6), ("omega_vjp", "lstm", 0.1)],
)
def test_omega_moves_the_length_of_a_step_back_toward_1(
    name: str, cell_name: str, scale: float
) -> None:
    cell, x = registry.load_cell(cell_name), inputs()
    params = leaves_of(cell, scale=scale)
    remedy = made(name, weight=1.0)

    def gap() -> tuple[Tensor, Run]:
        run = run_on(cell, params, x)
        parts = [part for state in run.states for part in state]
        grads = iter(
            torch.autograd.grad(run.loss, parts, retain_graph=True, materialize_grads=True)
        )
        lengths = torch.stack([joint_norm([next(grads) for _ in s]) for s in run.states])
        return (lengths[:-1] / lengths[1:]).log().abs().mean(), run

    before, run = gap()
    for _ in range(80):
        slopes = pull(remedy.penalize(params, run, at(cell)), params)
        length = joint_norm(slopes.values()).clamp(min=1.0)
        params = {k: (v - 0.05 * slopes[k] / length).detach() for k, v in params.items()}
        params = {k: v.requires_grad_() for k, v in params.items()}
        after, run = gap()
    assert after < 0.6 * before


@pytest.mark.parametrize("cell_name", ["rnn", "lstm"])
def test_soft_orthogonality_adds_up_every_block(cell_name: str) -> None:
    cell, x = registry.load_cell(cell_name), inputs(3)
    params = leaves_of(cell, 3)
    penalty = made("soft_orthogonality", weight=0.3).penalize(
        params, run_of(cell, params, x), at(cell)
    )
    by_hand = np.zeros(3)
    for trial_number in range(3):
        U = params["U"][trial_number].detach().numpy()
        for block in np.split(U, len(cell.gates)):
            by_hand[trial_number] += ((block.T @ block - np.eye(H)) ** 2).sum()
    np.testing.assert_allclose(penalty.detach().numpy(), 0.3 * by_hand)


def test_soft_orthogonality_alone_makes_every_block_orthogonal() -> None:
    cell, x = registry.load_cell("lstm"), inputs()
    params = draw(cell, scale=0.3)
    for _ in range(1000):
        leaves = {k: v.detach().requires_grad_() for k, v in params.items()}
        run = Run([], x.sum(), x, B)
        slopes = pull(made("soft_orthogonality").penalize(leaves, run, at(cell)), leaves)
        params = {k: leaves[k] - 2.0 * slopes[k] for k in leaves}
    for U in recurrent_blocks(cell, params):
        torch.testing.assert_close(U.mT @ U, torch.eye(H).double(), atol=1e-6, rtol=0)


def test_norm_stabilizer_compares_lengths_from_the_first_state_on() -> None:
    cell, x = registry.load_cell("lstm"), inputs(2)
    params = leaves_of(cell, 2)
    run = run_of(cell, params, x)
    penalty = made("norm_stabilizer", weight=5.0).penalize(params, run, at(cell))
    for row in range(2):
        h = np.stack([state[0][row].detach().numpy() for state in run.states])
        norms = np.sqrt((h**2).sum(-1))  # (T, B)
        by_hand = 5.0 * ((norms[1:] - norms[:-1]) ** 2).mean(1).sum() / (T - 1)
        assert penalty[row].item() == pytest.approx(by_hand)


def test_norm_stabilizer_is_0_for_a_state_that_only_turns_or_is_0() -> None:
    cell = registry.load_cell("rnn")
    turning = [(torch.eye(H).roll(t, 0)[:B],) for t in range(T)]
    run = Run(turning, torch.zeros(()), torch.zeros(T, B, 3), B)
    assert made("norm_stabilizer").penalize({}, run, at(cell)).item() == 0
    h = torch.zeros(B, H, requires_grad=True)
    run = Run([(h * 1,) for _ in range(T)], torch.zeros(()), torch.zeros(T, B, 3), B)
    penalty = made("norm_stabilizer").penalize({}, run, at(cell))
    assert torch.autograd.grad(penalty, h)[0].isfinite().all()


@pytest.mark.parametrize("cell_name", ["rnn", "gru"])
def test_input_gradient_penalty_is_a_mean_over_the_sequences_own_losses(cell_name: str) -> None:
    cell, x = registry.load_cell(cell_name), inputs()
    params = leaves_of(cell)
    remedy = made("input_gradient_penalty", weight=0.7)
    penalty = remedy.penalize(params, run_on(cell, params, x), at(cell))
    lengths = []
    for b in range(B):
        own = run_on(cell, params, x[:, b : b + 1])
        (grad,) = torch.autograd.grad(own.loss, own.x)
        lengths.append(grad.square().sum().item())
    assert penalty.item() == pytest.approx(0.7 * np.mean(lengths))


def test_the_pull_of_an_input_gradient_penalty_by_finite_differences() -> None:
    cell, x = registry.load_cell("rnn"), inputs(steps=STEPS)
    params, remedy = leaves_of(cell), made("input_gradient_penalty", weight=0.7)

    def penalty(*weights: Tensor) -> Tensor:
        given = dict(zip(params, weights, strict=True))
        return remedy.penalize(given, run_on(cell, given, x), at(cell))

    assert torch.autograd.gradcheck(penalty, tuple(params.values()), fast_mode=True)


def xi(cell: Cell, params: Tensors, seed: int) -> Tensors:
    """The placebo's direction: what its noise says, in the order of the weights, of length 1."""
    noise = at(cell, seed).noise
    drawn = {k: noise.normal(*v.shape).double() for k, v in params.items()}
    return {k: v / joint_norm(drawn.values()) for k, v in drawn.items()}


def test_placebo_is_a_directional_derivative_and_pulls_by_the_hessian() -> None:
    cell, x = registry.load_cell("lstm"), inputs(steps=STEPS)
    params, along = leaves_of(cell), xi(cell, leaves_of(cell), 5)
    penalty = made("placebo", weight=0.7).penalize(params, run_of(cell, params, x), at(cell))

    def moved(e: float) -> tuple[float, Tensors]:
        there = {k: (v + e * along[k]).detach().requires_grad_() for k, v in params.items()}
        loss = run_of(cell, there, x).loss
        return loss.item(), pull(loss, there)

    (up, up_pull), (down, down_pull) = moved(1e-5), moved(-1e-5)
    assert penalty.item() == pytest.approx(0.7 * (up - down) / 2e-5, rel=1e-6)
    for name, g in pull(penalty, params).items():
        torch.testing.assert_close(
            g, 0.7 * (up_pull[name] - down_pull[name]) / 2e-5, rtol=1e-5, atol=1e-9
        )


def test_placebo_pulls_nowhere_on_average() -> None:
    cell, x, n = registry.load_cell("rnn"), inputs(steps=STEPS), 1000
    params = leaves_of(cell)
    run, where = run_of(cell, params, x), at(cell)
    drawn = torch.stack([made("placebo").penalize(params, run, where) for _ in range(n)]).detach()
    assert drawn.std() > 0
    assert drawn.mean().abs() < 4.5 * drawn.std() / n**0.5
    norm = joint_norm(pull(run.loss, params).values()).item()
    weights = sum(v.numel() for v in params.values())
    # one of many directions: a gradient of length g shows g / sqrt(number of weights)
    assert drawn.std().item() == pytest.approx(1e-3 * norm / weights**0.5, rel=0.1)


@pytest.mark.parametrize("name", ["omega", "omega_vjp", "placebo", "input_gradient_penalty"])
def test_weight_0_asks_for_nothing(name: str) -> None:
    cell = registry.load_cell("rnn")
    params = leaves_of(cell)
    run = run_on(cell, params, inputs())
    assert made(name, weight=0.0).penalize(params, run, at(cell)) is None
    assert made(name).penalize(params, run, at(cell)) is not None


OFF = [
    ("omega", {"weight": 0.0}),
    ("omega_vjp", {"weight": 0.0}),
    ("placebo", {"weight": 0.0}),
    ("input_gradient_penalty", {"weight": 0.0}),
    ("norm_stabilizer", {"weight": 0.0}),
    ("soft_orthogonality", {"weight": 0.0}),
    ("zoneout", {"hidden": 0.0, "memory": 0.0}),
    ("recurrent_dropout", {"rate": 0.0}),
    ("clip_through_time", {"limit": 1e9}),
    ("leaky", {"rate": 1.0}),
]


def test_training_with_a_remedy_switched_off_is_training_without_it_bit_for_bit(
    tmp_path: Path,
) -> None:
    remedies = [replace(trial(name), remedy=made(name, **off)) for name, off in OFF]
    trials = [trial(), *remedies]
    kept = train(bench(tmp_path, "rnn", engine="eager"), trials)
    plain, *others = (kept[t.fingerprint] for t in trials)
    for (name, _), record in zip(OFF, others, strict=True):
        assert record["curves"] == plain["curves"], name
        assert record["flow"] == plain["flow"], name


@pytest.mark.parametrize(
    "name",
    [
        "clip_norm+omega",
        "omega_vjp",
        "clip_through_time+gradient_penalty",
        "zoneout+skip+leaky",
        "recurrent_dropout+norm_stabilizer",
        "input_gradient_penalty",
        "soft_orthogonality",
        "placebo",
    ],
)
def test_a_trial_gives_the_same_bits_alone_and_stacked(tmp_path: Path, name: str) -> None:
    trials = [trial(name, seed, rate) for seed in (1, 2) for rate in (0.01, 0.1)]
    together = train(bench(tmp_path / "all", "rnn"), trials)
    alone = train(bench(tmp_path / "alone", "rnn"), trials[2:3])
    assert alone[trials[2].fingerprint] == together[trials[2].fingerprint]
    curves = [record["curves"] for record in together.values()]
    assert all(curves[0] != other for other in curves[1:])


# --- who does not suit whom ------------------------------------------------------------------

ONE_STEP, NO_PAST = "one step only", "hands nothing on"
OBJECTIONS = [
    *((name, "memoryless", Recall(), NO_PAST) for name in ("clip_through_time", "zoneout", "skip")),
    *((name, "memoryless", Recall(), NO_PAST) for name in ("leaky", "omega", "omega_vjp")),
    *((name, "memoryless", Recall(), NO_PAST) for name in ("h_detach", "recurrent_dropout")),
    *((name, "rnn", OneStep(), ONE_STEP) for name in ("clip_through_time", "zoneout", "skip")),
    *((name, "rnn", OneStep(), ONE_STEP) for name in ("leaky", "omega", "norm_stabilizer")),
    ("h_detach", "rnn", Recall(), "by h alone"),
    ("h_detach", "gru", Recall(), "by h alone"),
    ("h_detach", "jordan", Recall(), "not that state itself"),
    ("h_detach", "lstm", Recall(), None),
    ("recurrent_dropout", "gru", Recall(), "without weights"),
    ("recurrent_dropout", "jordan", Recall(), "not that state itself"),
    ("recurrent_dropout", "rnn", Recall(), None),
    ("recurrent_dropout", "lstm_peephole", Recall(), None),
    ("omega", "lstm", Recall(), "published for"),
    ("omega", "gru", Recall(), "published for"),
    ("omega", "jordan", Recall(), "published for"),
    ("omega", "rnn", Likely(), None),
    ("omega_vjp", "jordan", Recall(), None),
    ("soft_orthogonality", "jordan", Recall(), "no square recurrent matrix"),
    ("soft_orthogonality", "lstm", Recall(), None),
    ("zoneout", "jordan", Recall(), None),
    ("placebo", "memoryless", OneStep(), None),
    ("input_gradient_penalty", "memoryless", OneStep(), None),
    ("leaky+spectral_radius+ridge_readout", "rnn", Recall(), None),
]


@pytest.mark.parametrize(("name", "cell_name", "task", "words"), OBJECTIONS)
def test_objections(name: str, cell_name: str, task: Task, words: str | None) -> None:
    objection = registry.load_remedy(name).suits(registry.load_cell(cell_name), task)
    assert objection is None if words is None else words in (objection or "")


def test_a_leak_makes_a_simple_recurrence_another_one() -> None:
    """The cell declares the very weights of `rnn`, but its step back is no product with U alone."""

    class Leaking(type(registry.load_cell("rnn"))):
        def step(self, params: Tensors, state: State, x: Tensor) -> State:
            return (0.5 * state[0] + 0.5 * super().step(params, state, x)[0],)

    class Blended(type(registry.load_cell("rnn"))):
        memory: tuple[str, ...] = ()

    for name in ("omega", "recurrent_dropout"):
        assert "without weights" in (made(name).suits(Leaking(), Recall()) or "")
    for name in ("zoneout", "skip", "leaky"):
        assert "may be mixed" in (made(name).suits(Blended(), Recall()) or "")


def test_no_remedy_here_touches_the_weights_it_is_given() -> None:
    cell = registry.load_cell("rnn")
    params = leaves_of(cell)
    kept = {k: v.clone() for k, v in params.items()}
    run = run_on(cell, params, inputs())
    for name in ("omega", "omega_vjp", "soft_orthogonality", "norm_stabilizer", "placebo"):
        made(name).penalize(params, run, at(cell))
    assert same(params, kept)
